"""Answers questions with DuckDB or Polars: a line of JSON on standard input, a line of JSON back.

Started with the engine's name and its number of threads. Only the answer itself is in the time that it gives.
"""

import json
import sys
import threading
import time

import numpy

DAY = "service_start_date"


def columns_of(table):
    return {
        name: numpy.fromfile(column["file"], dtype="<" + column["type"])
        for name, column in table["columns"].items()
    }


class DuckDb:
    def __init__(self, threads):
        import duckdb

        self.version = duckdb.__version__
        self.connection = duckdb.connect(config={"threads": threads})

    def load(self, table):
        columns = columns_of(table)  # found by its name in the statement
        self.connection.execute(f"CREATE TABLE {table['name']} AS SELECT * FROM columns")

    def set(self, settings):
        self.connection.execute(settings)

    def count(self, statement, seconds_max):
        timer = threading.Timer(seconds_max, self.connection.interrupt)
        timer.start()
        try:
            started = time.perf_counter()
            count = self.connection.execute(statement).fetchone()[0]
            return time.perf_counter() - started, count
        finally:
            timer.cancel()

    def hits(self, statement):
        return self.connection.execute(statement).fetchnumpy()["claim"]

    def plan(self, statement):
        return self.connection.execute("EXPLAIN " + statement).fetchall()[0][1]


class Polars:
    def __init__(self, threads):
        import polars

        self.polars = polars
        self.version = polars.__version__
        if polars.thread_pool_size() != threads:
            raise RuntimeError(f"Polars has {polars.thread_pool_size()} threads where {threads} are asked for")
        self.frames = {}
        self.periods = {}

    def load(self, table):
        frame = self.polars.DataFrame(columns_of(table))
        if "claim" in frame.columns:
            frame = frame.with_columns(self.polars.col("claim").set_sorted())
        else:
            self.periods[table["name"]] = self.periods_of(frame)
        self.frames[table["name"]] = frame

    def periods_of(self, frame):
        """First and last days by id, an id's second period in another pair of series than its first."""
        ids, first, last = (frame[name].to_numpy() for name in ("id", "first_day", "last_day"))
        if len(ids) == 0:
            return []
        starts = numpy.flatnonzero(numpy.r_[True, ids[1:] != ids[:-1]])
        lengths = numpy.diff(numpy.r_[starts, len(ids)])
        places = numpy.arange(len(ids)) - numpy.repeat(starts, lengths)
        pairs = []
        for place in range(places.max() + 1):
            here = places == place
            firsts = numpy.full(self.most_ids, 32767, dtype="<i2")
            lasts = numpy.full(self.most_ids, -1, dtype="<i2")
            firsts[ids[here]], lasts[ids[here]] = first[here], last[here]
            pairs.append((self.polars.Series(firsts), self.polars.Series(lasts)))
        return pairs

    def load_all(self, tables):
        # Every id of a list or a code occurs in a column, but for those that no line has.
        self.most_ids = 1 + max(
            int(values.max(initial=0))
            for table in tables
            for name, values in columns_of(table).items()
            if table["name"] == "lines" and name != "claim" or name == "id"
        )
        for table in tables:
            self.load(table)

    def test(self, condition):
        polars = self.polars
        if condition["kind"] == "among":
            tests = [polars.col(condition["column"]) == number for number in condition["numbers"]]
        elif condition["kind"] == "between":
            return polars.col(condition["column"]).is_between(condition["from"], condition["through"])
        else:
            day = polars.col(DAY)
            tests = [
                (polars.lit(first).gather(polars.col(column)) <= day)
                & (day <= polars.lit(last).gather(polars.col(column)))
                for column in condition["columns"]
                for first, last in self.periods[condition["table"]]
            ]
        tests = tests or [polars.lit(False)]
        return polars.any_horizontal(tests) if len(tests) > 1 else tests[0]

    def rows(self, statement):
        """The lines that are hit, as a plan that is not carried out yet."""
        asked = json.loads(statement)
        conditions = asked["conditions"]
        scalars = [condition for condition in conditions if condition["kind"] != "member"]
        members = [condition for condition in conditions if condition["kind"] == "member"]
        lines = self.frames["lines"].lazy()
        if asked["way"] == "gather":
            return lines.filter(*[self.test(condition) for condition in conditions])
        if asked["way"] == "gather step by step":
            wanted = {"claim", DAY} | {column for condition in members for column in condition["columns"]}
            lines = lines.filter(*[self.test(condition) for condition in scalars]).select(sorted(wanted)).collect()
            for condition in members:
                lines = lines.filter(self.test(condition))
            return lines.lazy()
        lines = lines.filter(*[self.test(condition) for condition in scalars])
        day = self.polars.col(DAY)
        for condition in members:
            if len(condition["columns"]) > 1:
                lines = lines.filter(self.test(condition))
                continue
            table = self.frames[condition["table"]].lazy()
            lines = lines.join(table, left_on=condition["columns"][0], right_on="id", maintain_order="left")
            if condition["dated"]:
                lines = lines.filter(day.is_between(self.polars.col("first_day"), self.polars.col("last_day")))
            lines = lines.drop("first_day", "last_day")
        return lines

    def count(self, statement, seconds_max):
        started = time.perf_counter()
        count = self.rows(statement).select(self.polars.col("claim").n_unique()).collect().item()
        return time.perf_counter() - started, count

    def hits(self, statement):
        return self.rows(statement).select(self.polars.col("claim").unique()).collect()["claim"].to_numpy()

    def plan(self, statement):
        return self.rows(statement).select(self.polars.col("claim").n_unique()).explain()


def answer(engine, asked):
    if asked["do"] == "version":
        return {"version": engine.version}
    if asked["do"] == "load":
        if hasattr(engine, "load_all"):
            engine.load_all(asked["tables"])
        else:
            for table in asked["tables"]:
                engine.load(table)
        return {}
    if asked["do"] == "set":
        engine.set(asked["settings"])
        return {}
    if asked["do"] == "count":
        seconds, count = engine.count(asked["statement"], asked["seconds_max"])
        return {"seconds": seconds, "count": int(count)}
    if asked["do"] == "hits":
        numpy.sort(engine.hits(asked["statement"]).astype("<i4")).tofile(asked["file"])
        return {}
    if asked["do"] == "plan":
        return {"plan": engine.plan(asked["statement"])}
    raise ValueError(f"`{asked['do']}` is not known; it is one of: version, load, set, count, hits, plan")


def main():
    engine = {"duckdb": DuckDb, "polars": Polars}[sys.argv[1]](int(sys.argv[2]))
    for line in sys.stdin:
        try:
            reply = answer(engine, json.loads(line))
        except Exception as error:  # whatever it is, whoever asks is told and goes on
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
