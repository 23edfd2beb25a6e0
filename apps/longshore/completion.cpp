#include "apps/longshore/completion.h"

namespace longshore::cli {

namespace {

// A test compares the commands and options named here with those that the help knows.

constexpr const char* kBash = R"(# bash completion for longshore
_longshore() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' i
  local common='--help --server --json --retry-for'
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --server | --retry-for) ((i++)) ;;
      -*) ;;
      *)
        command=${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case $prev in
    --server | --retry-for | --connector | --name | --path | --part-size | --parallel) return ;;
    -o | --output)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return
      ;;
  esac
  local words=''
  case $command in
    '') words="put status ls cancel get rm completion --version $common" ;;
    put)
      if [[ $cur != -?* ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
      fi
      words="--connector --name --path --part-size --parallel $common"
      ;;
    status) words="--watch $common" ;;
    ls) words="--connector --path --uploads $common" ;;
    cancel) words="$common" ;;
    get) words="-o --output $common" ;;
    rm) words="--purge $common" ;;
    completion) words="bash zsh fish $common" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _longshore longshore
)";

constexpr const char* kZsh = R"(#compdef longshore
_longshore() {
  local -a common commands
  common=(
    '(-h --help)'{-h,--help}'[print the help]'
    '--server[the URL of the server]:URL:_urls'
    '--json[one JSON object a line]'
    '--retry-for[how long a server that is away is waited for]:time:'
  )
  commands=(
    'put:upload files, folders, or the standard input'
    'status:tell how an upload stands'
    'ls:list what is stored, or the open uploads'
    'cancel:cancel an upload'
    'get:bring back what is stored'
    'rm:delete what is stored'
    'completion:print the completion script of a shell'
  )
  local curcontext=$curcontext state line
  _arguments -C $common '--version[print the version]' '1:command:->command' '*::argument:->argument' && return
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
        put)
          _arguments $common '--connector[on whose behalf]:id:' '--name[the name at the server]:name:' \
            '--path[the folder at the server]:path:' '--part-size[the size of a part]:size:' \
            '--parallel[parts sent at a time]:number:' '*:source:_files'
          ;;
        status) _arguments $common '--watch[follow it until it has ended]' '1:upload:' ;;
        ls)
          _arguments $common '--connector[only of this connector]:id:' '--path[only below this path]:path:' \
            '--uploads[the open uploads instead]'
          ;;
        cancel) _arguments $common '1:upload:' ;;
        get) _arguments $common '(-o --output)'{-o,--output}'[a file or a folder]:file:_files' '1:node:' ;;
        rm) _arguments $common '--purge[with its bytes, for good]' '1:node:' ;;
        completion) _arguments $common '1:shell:(bash zsh fish)' ;;
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _longshore ]]; then _longshore "$@"; else compdef _longshore longshore; fi
)";

constexpr const char* kFish = R"(# fish completion for longshore
set -l commands put status ls cancel get rm completion
complete -c longshore -f
complete -c longshore -s h -l help -d 'Print the help'
complete -c longshore -l server -x -d 'The URL of the server'
complete -c longshore -l json -d 'One JSON object a line'
complete -c longshore -l retry-for -x -d 'How long a server that is away is waited for'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -l version -d 'Print the version'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a put -d 'Upload files, folders, or the standard input'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a status -d 'Tell how an upload stands'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a ls -d 'List what is stored, or the open uploads'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a cancel -d 'Cancel an upload'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a get -d 'Bring back what is stored'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a rm -d 'Delete what is stored'
complete -c longshore -n "not __fish_seen_subcommand_from $commands" -a completion -d 'Print the completion of a shell'
complete -c longshore -n '__fish_seen_subcommand_from put' -F
complete -c longshore -n '__fish_seen_subcommand_from put ls' -l connector -x -d 'On whose behalf'
complete -c longshore -n '__fish_seen_subcommand_from put' -l name -x -d 'The name at the server'
complete -c longshore -n '__fish_seen_subcommand_from put ls' -l path -x -d 'The folder at the server'
complete -c longshore -n '__fish_seen_subcommand_from put' -l part-size -x -d 'The size of a part'
complete -c longshore -n '__fish_seen_subcommand_from put' -l parallel -x -d 'Parts sent at a time'
complete -c longshore -n '__fish_seen_subcommand_from status' -l watch -d 'Follow it until it has ended'
complete -c longshore -n '__fish_seen_subcommand_from ls' -l uploads -d 'The open uploads instead'
complete -c longshore -n '__fish_seen_subcommand_from get' -s o -l output -r -F -d 'A file or a folder'
complete -c longshore -n '__fish_seen_subcommand_from rm' -l purge -d 'With its bytes, for good'
complete -c longshore -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
)";

}  // namespace

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : "";
}

}  // namespace longshore::cli
