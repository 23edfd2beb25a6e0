#!/usr/bin/env python3
"""Each rule of tools/tidy fires on a tiny tree that breaks it, and none on a clean one."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

loader = importlib.machinery.SourceFileLoader("tidy", str(pathlib.Path(__file__).with_name("tidy")))
tidy = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", loader))
sys.modules["tidy"] = tidy
loader.exec_module(tidy)

HEADER = "#pragma once\n"
TABLE = """
| folder | what |
|---|---|
| `src/catalog/sqlite/` | adapter |
| `src/catalog/` | adapter |
| `src/domain/` | pure |
| `src/base/` | base |
"""


class RulesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text, mode=0o644):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def found(self, rule):
        return [(f.path, f.line) for f in rule(tidy.Tree(self.root))]

    def messages(self, rule):
        return " ".join(f.message for f in rule(tidy.Tree(self.root)))

    def test_a_clean_tree_has_no_findings(self):
        self.write("src/base/a.h", HEADER + "\nint one();\n")
        self.write("src/base/a.cpp", '#include "base/a.h"\n\nint one() { return 1; }\n')
        self.write("src/base/a_test.cpp", '#include "base/a.h"\n')
        self.write("README.md", "[the header](src/base/a.h) [elsewhere](https://example.org/x)\n")
        self.write("scripts/go", "#!/usr/bin/env bash\nset -euo pipefail\n", 0o755)
        for rule in tidy.RULES:
            self.assertEqual(self.found(rule), [], rule.__name__)

    def test_includes_point_down(self):
        rule = tidy.check_includes_point_down
        self.write("src/domain/a.h", HEADER + '#include "base/b.h"\n#include "longshore/v1/longshore.pb.h"\n')
        self.assertEqual(self.found(rule), [])
        self.write("src/domain/a.h", HEADER + '#include "coordinator/b.h"\n')
        self.assertEqual(self.found(rule), [("src/domain/a.h", 2)])

    def test_adapters_do_not_know_each_other(self):
        rule = tidy.check_includes_point_down
        self.write("src/catalog/sqlite/a.h", HEADER + '#include "catalog/row.h"\n#include "sqlite/writer.h"\n')
        self.assertEqual(self.found(rule), [])
        self.write("src/state/sqlite/a.h", HEADER + '#include "catalog/sqlite/a.h"\n')
        self.assertEqual(self.found(rule), [("src/state/sqlite/a.h", 2)])

    def test_includes_are_written_from_the_root_of_src(self):
        self.write("src/base/a.h", HEADER + '#include "b.h"\n#include "../base/b.h"\n')
        self.assertEqual(self.found(tidy.check_includes_point_down), [("src/base/a.h", 2), ("src/base/a.h", 3)])

    def test_only_tests_include_from_tests(self):
        self.write("src/relay/a_test.cpp", '#include "tests/fakes/x.h"\n')
        self.write("src/relay/a.cpp", '#include "tests/fakes/x.h"\n')
        self.assertEqual(self.found(tidy.check_includes_point_down), [("src/relay/a.cpp", 1)])

    def test_a_folder_has_a_place_in_the_order(self):
        self.write("src/misc/a.h", HEADER)
        self.assertEqual(self.found(tidy.check_includes_point_down), [("src/misc/a.h", 1)])

    def test_the_table_of_the_architecture_is_the_order(self):
        self.write("docs/ARCHITECTURE.md", TABLE)
        self.write("src/base/a.h", HEADER + '#include "domain/b.h"\n')
        self.assertEqual(self.found(tidy.check_includes_point_down), [("src/base/a.h", 2)])
        self.write("docs/ARCHITECTURE.md", "| `src/base` | a |\n| `src/domain` | b |\n")
        self.assertEqual(self.found(tidy.check_includes_point_down), [])

    def test_libraries_point_down(self):
        self.write("src/CMakeLists.txt", "longshore_library(base)\nlongshore_library(relay DEPS ports\n  net TEST_DEPS fakes)\n")
        self.assertEqual(self.found(tidy.check_libraries_point_down), [])
        self.write("src/CMakeLists.txt", "longshore_library(base)\nlongshore_library(relay DEPS ports coordinator SYSTEM a::b)\n")
        self.assertEqual(self.found(tidy.check_libraries_point_down), [("src/CMakeLists.txt", 2)])

    def test_the_domain_is_pure(self):
        self.write("src/domain/a.h", HEADER + "#include <boost/asio/awaitable.hpp>\n")
        self.write("src/ports/a.h", HEADER + "#include <boost/asio/awaitable.hpp>\n")
        self.assertEqual(self.found(tidy.check_pure_domain), [("src/domain/a.h", 2)])

    def test_architecture_and_tree_agree(self):
        self.write("docs/ARCHITECTURE.md", TABLE)
        for folder in ("base", "domain", "catalog"):
            self.write(f"src/{folder}/a.h", HEADER)
        self.assertEqual(self.found(tidy.check_architecture_table), [("docs/ARCHITECTURE.md", 4)])
        self.write("src/catalog/sqlite/a.h", HEADER)
        self.assertEqual(self.found(tidy.check_architecture_table), [])
        self.write("src/net/a.h", HEADER)
        self.assertIn("src/net is missing", self.messages(tidy.check_architecture_table))

    def test_an_architecture_without_a_table(self):
        self.write("docs/ARCHITECTURE.md", "words\n")
        self.assertEqual(self.found(tidy.check_architecture_table), [("docs/ARCHITECTURE.md", 1)])

    def test_file_length(self):
        self.write("src/base/a.h", HEADER * 600)
        self.assertEqual(self.found(tidy.check_file_length), [("src/base/a.h", 600)])
        self.write("src/base/a.h", HEADER * 599)
        self.assertEqual(self.found(tidy.check_file_length), [])

    def test_function_length(self):
        body = "  call();\n"
        head = "namespace a {\nstruct S {\n  S() : x_{1}, y_(2) {\n"
        self.write("src/base/a.cpp", head + body * 68 + "  }\n};\n}  // namespace a\n")
        self.assertEqual(self.found(tidy.check_function_length), [("src/base/a.cpp", 3)])
        self.write("src/base/a.cpp", head + body * 67 + "  }\n};\n}  // namespace a\n")
        self.assertEqual(self.found(tidy.check_function_length), [])

    def test_functions_are_measured_one_by_one(self):
        code = "#define X {\n\nint f(A a = {}) {\n  if (x) {\n    y([] { z(); });\n  }\n}\nconst int t[] = {\n  1,\n};\nvoid g() {\n}\n"
        self.assertEqual(list(tidy.functions(tidy.blank_comments_and_literals(code))), [(3, 5), (11, 2)])

    def test_bans(self):
        for code in ("co_spawn(e, f(), asio::detached);", "int n = std::stoi(s);", "sprintf(b, s);", "strcpy(a, b);",
                     "int n = rand();", 'std::cout << "x";', "std::getenv(n);", "std::this_thread::sleep_for(x);",
                     "volatile int n;", "const_cast<int&>(n);", "reinterpret_cast<char*>(p);", "system(command);",
                     "usleep(1);", "std::regex r;", "using namespace std;", "out << std::endl;", "thread.detach();",
                     "std::mt19937 r;", "std::free(p);"):
            self.write("src/obs/a.cpp", code + "\n")
            self.assertEqual(self.found(tidy.check_bans), [("src/obs/a.cpp", 1)], code)

    def test_the_simulation_steers_the_clock(self):
        self.write("src/coordinator/a.cpp", "auto t = std::chrono::steady_clock::now();\n")
        self.write("src/net/a.cpp", "auto t = std::chrono::steady_clock::now();\n")
        self.assertEqual(self.found(tidy.check_bans), [("src/coordinator/a.cpp", 1)])

    def test_bans_know_where_they_hold(self):
        self.write("apps/longshore/main.cpp", 'std::cout << std::getenv("X");\n')
        self.write("src/base/bytes.h", "reinterpret_cast<char*>(p);\n")
        self.write("src/base/a.cpp", '// volatile\nf("volatile");\n/* rand() */ int n = 1\'000\'000;\nf(R"(strcpy())");\n')
        self.write("src/base/b.cpp", "using namespace std::chrono_literals;\nco_await timers.sleep_for(x);\nmy_system(x);\n")
        self.assertEqual(self.found(tidy.check_bans), [])

    def test_pragma_once(self):
        self.write("src/base/a.h", "int one();\n")
        self.assertEqual(self.found(tidy.check_pragma_once), [("src/base/a.h", 1)])

    def test_unfinished(self):
        for mark in ("TO" + "DO: later", "FIX" + "ME", "XX" + "X", "HA" + "CK", "GTEST_" + "SKIP();", "TEST(A, DISAB" + "LED_B)"):
            self.write("docs/a.txt", "fine\n" + mark + "\n")
            self.assertEqual(self.found(tidy.check_unfinished), [("docs/a.txt", 2)], mark)
        self.write("docs/a.txt", "mktemp a." + 6 * "X" + "\n")
        self.assertEqual(self.found(tidy.check_unfinished), [])

    def test_machine_paths(self):
        for path in ("/wo" + "rk/main", "/ro" + "ot/x", "/home/" + "someone/x"):
            self.write("README.md", f"see {path}\n")
            self.assertEqual(self.found(tidy.check_machine_paths), [("README.md", 1)], path)
        self.write("README.md", "net/wo" + "rk/x /v1/uploads /var/lib/longshore\n")
        self.assertEqual(self.found(tidy.check_machine_paths), [])

    def test_untested(self):
        rule = tidy.check_untested
        for name in ("a.cpp", "b.cpp", "b_test.cpp", "c.cpp"):
            self.write(f"src/base/{name}", "")
        self.write("tests/contract/c_test.cpp", "")
        self.write("apps/longshore/main.cpp", "")
        self.assertEqual(self.found(rule), [("src/base/a.cpp", 1)])
        self.write("tools/untested.txt", "# reasons\nsrc/base/a.cpp: only constants\n")
        self.assertEqual(self.found(rule), [])
        self.write("tools/untested.txt", "src/base/a.cpp: \nsrc/base/b.cpp: why\nsrc/base/gone.cpp: why\n")
        self.assertEqual(self.found(rule), [("tools/untested.txt", number) for number in (1, 2, 3)])

    def test_scripts(self):
        self.write("scripts/go", "#!/usr/bin/env bash\nif\n")
        self.assertEqual(len(self.found(tidy.check_scripts)), 3)

    def test_links(self):
        self.write("docs/a.md", "[b](b.md#part)\n```\n[c](c.md)\n```\n[up](../README.md)\n")
        self.write("README.md", "")
        self.assertEqual(self.found(tidy.check_links), [("docs/a.md", 1)])

    def test_format(self):
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("src/base/a.h", HEADER + "\nint  one( );\n")
        self.assertEqual(self.found(tidy.check_format), [("src/base/a.h", 3)])


if __name__ == "__main__":
    unittest.main()
