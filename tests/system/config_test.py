"""The configuration as an operator meets it: on the command line of the built program. (The table of all its mistakes is
apps/longshored/config_source_test.cpp.)"""

import os
import subprocess

from harness import BIN, SystemTest, main

WRONG = [  # configuration, environment, options, what is said
    ("[limits]\nidle_timout = \"5m\"\n", {}, [], "{file}:2: limits.idle_timout is no key: did you mean limits.idle_timeout?"),
    ("[limits]\nidle_timeout = \"5 minutes\"\n", {}, [],
     "{file}:2: limits.idle_timeout: \"5 minutes\" is not possible: write a number and ms, s, m, h or d, such as \"60s\""),
    ("", {"LONGSHORE_LIMITS_MEMORY_BUDGET": "lots"}, [],
     "environment: LONGSHORE_LIMITS_MEMORY_BUDGET: \"lots\" is not possible: write a number and B, kB, MB, GB, TB, KiB, MiB, GiB or "
     "TiB, such as \"256MiB\""),
    ("", {}, ["--http", "0.0.0.0:7070"],
     "command line: --http: 0.0.0.0:7070 can be reached from other machines, and this release has neither TLS nor authentication: "
     "listen on 127.0.0.1 behind a proxy, or say --insecure"),
    ("[auth]\nkind = \"tokens\"\n", {}, [],
     "{file}:1: auth: not in this release, which has no authentication: keep it on a loopback address, or behind a proxy that authenticates"),
    ("[store.directory]\npath = \"/dev/null/store\"\n", {}, [],
     "{file}:2: store.directory.path: /dev/null/store: /dev/null is not a folder; name a folder that this user may write to"),
    ("[store]\nkind = \"s3\"\n[store.s3]\nbucket = \"docs\"\ncredentials = \"env\"\n", {}, [],
     "{file}:5: store.s3.credentials: no credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set"),
]


class ConfigTest(SystemTest):
    def run_longshored(self, *options, environment=None):
        return subprocess.run([str(BIN / "longshored"), *options], capture_output=True, text=True, timeout=30, check=False,
                              env={**os.environ, **(environment or {})}, cwd=self.folder)

    def test_mistakes_are_named_before_anything_is_opened(self):
        for text, environment, options, says in WRONG:
            with self.subTest(says):
                file = self.file("l.toml", text.encode())
                for more in ([], ["--check-config"]):
                    answer = self.run_longshored("--config", str(file), *options, *more, environment=environment)
                    self.assertEqual(answer.returncode, 2, answer)
                    self.assertEqual(answer.stderr, "longshored: " + says.format(file=file) + "\n")
                self.assertFalse((self.folder / "longshore-data").exists())

    def test_check_config_opens_nothing(self):
        answer = self.run_longshored("--check-config")
        data = self.folder / "longshore-data"
        self.assertEqual(answer.stdout, f"data folder {data}: not there, a start makes it\n"
                                        f"drive default {data}/store: not there, a start makes it\n"
                                        "the configuration is right\n")
        self.assertEqual(answer.returncode, 0)
        self.assertFalse((self.folder / "longshore-data").exists())

    def test_printed_configuration_is_taken_back(self):
        printed = self.run_longshored("--print-config", environment={"LONGSHORE_DRIVES_COLD_PARTS_MAX": "100"})
        self.assertEqual(printed.returncode, 0, printed)
        self.assertIn("parts_max = 100  # environment LONGSHORE_DRIVES_COLD_PARTS_MAX", printed.stdout)
        file = self.file("printed.toml", printed.stdout.encode())
        again = self.run_longshored("--config", str(file), "--print-config")
        self.assertEqual(again.returncode, 0, again)
        strip = [[line.split("  #")[0] for line in text.splitlines()[1:]] for text in (printed.stdout, again.stdout)]
        self.assertEqual(*strip)

    def test_usage(self):
        answer = self.run_longshored("--nonsense")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("--help", answer.stderr)
        self.assertRegex(self.run_longshored("--version").stdout, r"^longshored \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    main()
