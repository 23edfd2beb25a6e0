#!/usr/bin/env python3
"""Keeps a table of the nodes that there are, from the events in Kafka (events.format = "json"). Each event counts once, however
often it comes: it is noted by its id in the transaction that applies it.

    docs/examples/kafka_consumer.py BROKERS FILE [KCAT-OPTION...]

FILE is an SQLite database. Records are read by kcat, from the beginning at every start, since what counted before does not
count again; a consumer that keeps offsets keeps them in the same transaction. Further options go to kcat, such as
-X security.protocol=SASL_SSL.
"""

import json
import os
import sqlite3
import subprocess
import sys

TOPICS = ["repository.documents.created", "repository.documents.updated", "repository.documents.deleted"]
SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (document_id TEXT, event_id TEXT, PRIMARY KEY (document_id, event_id));
CREATE TABLE IF NOT EXISTS nodes (id TEXT PRIMARY KEY, sequence INTEGER, there INTEGER, size INTEGER, events INTEGER);
"""


def records(brokers, options):
    """All of the topics, for ever."""
    command = ["kcat", "-b", brokers, "-q", "-u", "-J", "-X", "auto.offset.reset=earliest", "-X", "enable.auto.commit=false",
               *options, "-G", f"longshore-example-{os.getpid()}", *TOPICS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kcat:
        try:
            yield from map(json.loads, kcat.stdout)
        finally:
            kcat.terminate()


def apply(database, event):
    """False: it counted before. Topics are read side by side, so an older event may come later: the sequence decides."""
    node, sequence = event["documentId"], int(event["sequence"])
    facts = event.get("created") or event.get("updated")
    with database:  # one transaction
        new = database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (node, event["eventId"])).rowcount == 1
        if new:
            database.execute("INSERT OR IGNORE INTO nodes VALUES (?, 0, 0, 0, 0)", (node,))
            database.execute("UPDATE nodes SET events = events + 1 WHERE id = ?", (node,))
            database.execute("UPDATE nodes SET sequence = ?, there = ?, size = ? WHERE id = ? AND sequence < ?",
                             (sequence, facts is not None, int(facts["size"]) if facts else 0, node, sequence))
    return new


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    brokers, file, *options = sys.argv[1:]
    database = sqlite3.connect(file)
    database.executescript(SCHEMA)
    for record in records(brokers, options):
        event = json.loads(record["payload"])
        print("applied" if apply(database, event) else "again", event["documentId"], event["sequence"], flush=True)


if __name__ == "__main__":
    main()
