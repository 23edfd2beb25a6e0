#include "apps/longshore/options.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "apps/longshore/api_json.h"
#include "apps/longshore/completion.h"
#include "apps/longshore/exit_code.h"
#include "apps/longshore/failure.h"
#include "apps/longshore/server_url.h"
#include "apps/longshore/text.h"
#include "base/encoding.h"
#include "base/units.h"

namespace longshore::cli {

namespace {

constexpr int kMaxParallel = 64;  // more connections from one machine only share the same line
constexpr std::size_t kHelpColumns = 26;

constexpr const char* kExamples = R"(Examples:
  longshore put film.mkv                      upload a file; repeat the command to go on after a break
  longshore put photos notes.txt --path 2026  upload a folder and a file below 2026
  pg_dump shop | longshore put - --name shop.sql
  longshore ls                                what is stored
  longshore get 01890a5d-ac96-774b-bcce-b302099a8057 -o film.mkv

LONGSHORE_SERVER names the server where --server does not; LONGSHORE_TOKEN holds the token to show it.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. 'longshore COMMAND --help' tells more.)";

constexpr const char* kPutExamples =
    R"(A folder is walked to its end; its files get the path [PATH/]DIR/FOLDER. Every file keeps its place at the
server: the same path and name again is an update. The same command after a break goes on where it stopped, as
long as the file has not changed; a file that changes while it is sent is noticed, and its upload is cancelled.

Examples:
  longshore put film.mkv
  longshore put film.mkv --path films/2026 --name holiday.mkv
  longshore put photos documents --parallel 8
  tar c /etc | longshore put - --name etc.tar
  longshore put film.mkv --json | jq -r .nodeId)";

constexpr const char* kStatusExamples = R"(Examples:
  longshore status 01890a5d-ac96-774b-bcce-b302099a8057
  longshore status 01890a5d-ac96-774b-bcce-b302099a8057 --watch)";

constexpr const char* kListExamples = R"(Examples:
  longshore ls
  longshore ls --path photos/2026
  longshore ls --uploads --json)";

constexpr const char* kCancelExamples = R"(Its parts are dropped; what the node held before stays.

Examples:
  longshore cancel 01890a5d-ac96-774b-bcce-b302099a8057)";

constexpr const char* kGetExamples =
    R"(The file appears whole or not at all, and its checksum is compared. The same command after a break goes on where
it stopped.

Examples:
  longshore get 01890a5d-ac96-774b-bcce-b302099a8057 -o film.mkv
  longshore get 01890a5d-ac96-774b-bcce-b302099a8057 -o ~/Downloads
  longshore get 01890a5d-ac96-774b-bcce-b302099a8057 | tar t)";

constexpr const char* kRemoveExamples = R"(Examples:
  longshore rm 01890a5d-ac96-774b-bcce-b302099a8057
  longshore rm 01890a5d-ac96-774b-bcce-b302099a8057 --purge)";

constexpr const char* kCompletionExamples = R"(Examples:
  longshore completion bash > ~/.local/share/bash-completion/completions/longshore
  longshore completion zsh > "${fpath[1]}/_longshore"
  longshore completion fish > ~/.config/fish/completions/longshore.fish)";

/// A usage error that CLI11 cannot see by itself.
[[noreturn]] void refuse(const std::string& why) { throw CLI::ValidationError(why); }

std::int64_t part_bytes_from(const std::string& text) {
  const std::optional<std::int64_t> bytes = parse_size(text);
  if (!bytes || *bytes <= 0) refuse("--part-size: '" + text + "' is no size; write it like 16MiB or 100MB");
  return *bytes;
}

Millis retry_time_from(const std::string& text) {
  const std::optional<Millis> time = parse_duration(text);
  if (!time || *time < Millis{0}) refuse("--retry-for: '" + text + "' is no time; write it like 30s or 5m");
  return *time;
}

void check_put(const PutOptions& put) {
  if (std::count(put.sources.begin(), put.sources.end(), "") > 0) refuse("the name of a file is empty");
  const auto streams = std::count(put.sources.begin(), put.sources.end(), "-");
  if (streams > 1) refuse("the standard input (-) can be read once only");
  if (streams == 1 && !put.name) refuse("the standard input (-) has no name: give it one by --name");
  if (put.name && put.sources.size() > 1) refuse("--name names one source, but there are several");
  if (put.name && put.name->empty()) refuse("--name is empty");
  if (put.parallel < 1 || put.parallel > kMaxParallel) {
    refuse("--parallel: from 1 to " + std::to_string(kMaxParallel) + " parts can be sent at a time");
  }
}

void check_completion(const CompletionOptions& completion) {
  if (completion_script(completion.shell).empty())
    refuse("there is no completion for '" + completion.shell + "'");
}

void check_list(const ListOptions& list) {
  if (list.uploads && !list.path.empty()) refuse("--path does not go with --uploads");
}

/// Commands of the product that this release does not have.
struct LaterCommand {
  std::string_view name;
  std::string_view because;
};
constexpr std::array kLater = {
    LaterCommand{"versions", "keeps no replaced objects"},
    LaterCommand{"rollback", "keeps no replaced objects"},
    LaterCommand{"rotate", "has no encryption with customers' keys"},
};

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// What to say where no known command was given; `words`: what else was.
std::string refusal_without_command(const std::vector<std::string>& words) {
  const auto word = std::find_if(words.begin(), words.end(),
                                 [](const std::string& one) { return !one.starts_with('-'); });
  if (word == words.end()) return words.empty() ? "a command is needed" : "unknown option " + joined(words);
  for (const LaterCommand& later : kLater) {
    if (*word == later.name) {
      return "the command " + *word + " is not in this release, which " + std::string(later.because);
    }
  }
  return "unknown command " + *word;
}

/// The command line as CLI11 knows it, and where it puts what it reads.
class Parser {
 public:
  explicit Parser(const std::string& version)
      : app_("Uploads large files to a Longshore server, and brings them back.") {
    app_.name("longshore");
    app_.get_formatter()->column_width(kHelpColumns);
    app_.set_version_flag("--version", "longshore " + version, "Print the version and exit");
    app_.set_help_flag("-h,--help", "Print this help and exit");
    app_.footer(kExamples);
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.add_option("--server", options_.server, "The server's URL (" + options_.server + ")")
        ->envname("LONGSHORE_SERVER")
        ->type_name("URL");
    app_.add_flag("--json", options_.json, "One JSON object a line on the standard output");
    app_.add_option("--retry-for", retry_for_,
                    "How long a server that is away is waited for (5m to send and fetch, else 10s)")
        ->type_name("TIME");
    add_put();
    add_status();
    add_list();
    add_cancel();
    add_get();
    add_remove();
    add_completion();
  }

  Options parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app_.parse(std::move(arguments));
    if (!retry_for_.empty()) options_.retry_for = retry_time_from(retry_for_);
    if (!part_size_.empty()) put_.part_bytes = part_bytes_from(part_size_);
    if (!name_.empty() || app_.get_subcommand("put")->count("--name") > 0) put_.name = name_;
    options_.command = chosen();
    if (std::holds_alternative<PutOptions>(options_.command)) check_put(put_);
    if (std::holds_alternative<ListOptions>(options_.command)) check_list(list_);
    if (std::holds_alternative<CompletionOptions>(options_.command)) check_completion(completion_);
    try {
      parse_server_url(options_.server);
    } catch (const Failure& failure) {
      refuse(failure.detail());
    }
    return options_;
  }

  /// `json`: as an object on the standard output, like every other failure then.
  EarlyExit explain(const CLI::Error& error, bool json) {
    if (error.get_exit_code() == 0) {  // help or version
      std::ostringstream out;
      app_.exit(error, out, out);
      return {.code = kDone, .out = out.str()};
    }
    const std::vector<std::string> unknown = app_.remaining(true);
    const auto commands = app_.get_subcommands();
    std::string help = "longshore";
    std::string why = error.what();
    if (commands.empty()) {
      why = refusal_without_command(unknown);
    } else {
      help += " " + commands.front()->get_name();
      if (!unknown.empty())
        why = (unknown.size() == 1 ? "unknown argument " : "unknown arguments ") + joined(unknown);
    }
    if (json)
      return {.code = kBadUsage, .out = json_line(failure_to_json(Failure(reasons::kUsage, why))) + "\n"};
    return {.code = kBadUsage, .err = "longshore: " + why + "\n'" + help + " --help' tells more\n"};
  }

 private:
  Command chosen() const {
    const std::string name = app_.get_subcommands().front()->get_name();
    if (name == "put") return put_;
    if (name == "status") return status_;
    if (name == "ls") return list_;
    if (name == "cancel") return cancel_;
    if (name == "get") return get_;
    if (name == "rm") return remove_;
    return completion_;
  }

  void add_put() {
    CLI::App* put = app_.add_subcommand("put", "Upload files, folders, or the standard input");
    put->footer(kPutExamples);
    put->add_option("FILE|DIR|-", put_.sources, "What to upload; - is the standard input")
        ->required()
        ->type_name("");
    put->add_option("--connector", put_.connector, "On whose behalf (cli)")->type_name("ID");
    put->add_option("--name", name_, "The name at the server; else the file's own")->type_name("NAME");
    put->add_option("--path", put_.path, "The folder at the server")->type_name("PATH");
    put->add_option("--part-size", part_size_, "The size of a part, like 16MiB; else as the server advises")
        ->type_name("SIZE");
    put->add_option("--parallel", put_.parallel, "Parts sent at a time, at most 64 (4)")->type_name("N");
  }

  void add_status() {
    CLI::App* status = app_.add_subcommand("status", "Tell how an upload stands");
    status->footer(kStatusExamples);
    status->add_option("ID", status_.upload_id, "The upload")->required()->type_name("");
    status->add_flag("--watch", status_.watch, "Follow it until it has ended; fail unless it is completed");
  }

  void add_list() {
    CLI::App* list = app_.add_subcommand("ls", "List what is stored, or the open uploads");
    list->footer(kListExamples);
    list->add_option("--connector", list_.connector, "Only of this connector")->type_name("ID");
    list->add_option("--path", list_.path, "Only below this path")->type_name("PATH");
    list->add_flag("--uploads", list_.uploads, "The open uploads instead");
  }

  void add_cancel() {
    CLI::App* cancel = app_.add_subcommand("cancel", "Cancel an upload");
    cancel->footer(kCancelExamples);
    cancel->add_option("ID", cancel_.upload_id, "The upload")->required()->type_name("");
  }

  void add_get() {
    CLI::App* get = app_.add_subcommand("get", "Bring back what is stored");
    get->footer(kGetExamples);
    get->add_option("ID", get_.node_id, "The node")->required()->type_name("");
    get->add_option("-o,--output", get_.output,
                    "A file or a folder; else the standard output, unless it is a terminal")
        ->type_name("FILE");
  }

  void add_remove() {
    CLI::App* remove = app_.add_subcommand("rm", "Delete what is stored");
    remove->footer(kRemoveExamples);
    remove->add_option("ID", remove_.node_id, "The node")->required()->type_name("");
    remove->add_flag("--purge", remove_.purge, "With its bytes and all its versions, for good");
  }

  void add_completion() {
    CLI::App* completion = app_.add_subcommand("completion", "Print the completion script of a shell");
    completion->footer(kCompletionExamples);
    completion->add_option("SHELL", completion_.shell, "bash, zsh or fish")->required()->type_name("");
  }

  CLI::App app_;
  Options options_;
  PutOptions put_;
  StatusOptions status_;
  ListOptions list_;
  CancelOptions cancel_;
  GetOptions get_;
  RemoveOptions remove_;
  CompletionOptions completion_;
  std::string name_;
  std::string part_size_;
  std::string retry_for_;
};

}  // namespace

std::variant<Options, EarlyExit> parse_options(const std::vector<std::string>& arguments, std::string token,
                                               const std::string& version) {
  Parser parser(version);
  try {
    Options options = parser.parse(arguments);
    if (has_control_characters(token))
      refuse("LONGSHORE_TOKEN holds a control character (perhaps the end of a line)");
    options.token = std::move(token);
    return options;
  } catch (const CLI::Error& error) {
    const auto end = std::find(arguments.begin(), arguments.end(), "--");
    return parser.explain(error, std::find(arguments.begin(), end, "--json") != end);
  }
}

}  // namespace longshore::cli
