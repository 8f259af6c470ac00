"""The command line: `planner VERB …`.

Results go to stdout, progress and problems with the command itself to stderr. Exit status 0: done; 1: the inputs have
errors, or no plan exists; 2: wrong usage; 3: stopped early with a usable answer. Nothing heavy is imported before a
verb needs it, so that `planner --help` answers at once.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from planner.appendices import verb as reporting
from planner.compare import verb as comparing
from planner.doctor import doctor
from planner.new import Usage, new
from planner.questions import verb as explaining
from planner.runs import verb as running

DONE, WRONG_INPUTS, WRONG_USAGE = 0, 1, 2
MOST_SHOWN = 200
"""Problems printed before the rest are only counted; `--json` gives all."""
RATES = ("training", "serving", "power", "control", "cost")
TIERS = ("public", "public_regulated", "all")

OVERVIEW = """\
Plans sovereign AI compute from a workbook: where to build, when power arrives, what to buy, which models to train and
serve. A workbook is an .xlsx file or a folder with one CSV file per sheet; every verb takes either.

first steps:
  planner new mine.xlsx --programme india
                                 a workbook filled in from the atlas, which solves as it is
  planner check mine.xlsx        every problem with its cell, and the defaults that blanks will take
  planner run mine.xlsx          solve it; says where the run folder is
  planner run mine.xlsx --scenario all -o runs/mine
                                 with every scenario of the workbook
  planner compare runs/mine      what they come to, what to do now, what to keep open
  planner report runs/mine       the appendices for a business case, as docx, pdf and html
  planner convert mine.xlsx mine a folder of CSV for review in version control, and back again
"""
CLOSING = """\
exit status: 0 done · 1 the inputs have errors, or no plan exists · 2 wrong usage · 3 stopped early with a usable answer
`planner VERB --help` explains a verb and shows examples.
"""


class Progress:
    """Stages on stderr: one rewritten line on a terminal, a line per stage elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._width = 0

    def __call__(self, stage: str) -> None:
        line = f"{time.monotonic() - self._start:6.1f} s  {stage}"
        if self._terminal:
            line = line[: shutil.get_terminal_size().columns - 1]  # a line that wraps can't be rewritten
            print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Leaves the terminal's line."""
        if self._terminal and self._width:
            print(file=sys.stderr)
            self._width = 0


def parser() -> argparse.ArgumentParser:
    """The arguments of every verb."""
    top = argparse.ArgumentParser(
        prog="planner", description=OVERVIEW, epilog=CLOSING, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", title="verbs")

    def verb(name: str, help: str, examples: str, do: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = verbs.add_parser(
            name,
            help=help,
            description=f"{help[0].upper()}{help[1:]}.",
            epilog=f"examples:\n{examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(do=do)
        return one

    new = verb(
        "new",
        "make a workbook: of a shipped programme, of any country of the atlas, or empty with units and drop-downs",
        "  planner new mine.xlsx --programme india     as shipped; it solves as it is\n"
        "  planner new mine.xlsx --country Norway      from the defaults of the atlas, which are told\n"
        "  planner new mine --programme japan --tiers public_regulated\n"
        "                                              a folder of CSV files, without the wider economy's demand\n"
        "  planner new mine.xlsx --empty               every sheet, and no rows",
        _new,
    )
    new.add_argument(
        "file", type=Path, metavar="FILE", help="a name ending in .xlsx, or a folder; it must not exist yet"
    )
    filled = new.add_mutually_exclusive_group()
    filled.add_argument("--programme", metavar="NAME", help="filled in as the programme of that name is shipped")
    filled.add_argument("--country", metavar="NAME", help="filled in for a country, by name or ISO code")
    filled.add_argument("--empty", action="store_true", help="without any rows, as without any of these options")
    new.add_argument(
        "--tiers", choices=TIERS, help="whose demand counts: the public sector's alone, regulated too, all"
    )

    check = verb(
        "check",
        "tell every problem of a workbook with its cell, and the defaults that its blanks take",
        "  planner check mine.xlsx\n  planner check mine.xlsx --annotate         writes mine.checked.xlsx beside it\n"
        "  planner check mine.xlsx --json | jq '.problems[].cell'",
        _check,
    )
    check.add_argument("file", type=Path, metavar="FILE", help="an .xlsx file or a folder of CSV files")
    check.add_argument("--json", action="store_true", help="for machines: problems, warnings, defaults and hashes")
    check.add_argument("--defaults", action="store_true", help="list every default that blanks take")
    check.add_argument("--annotate", action="store_true", help="write a copy with marked cells and a list of findings")
    check.add_argument("-o", "--out", type=Path, metavar="COPY.xlsx", help="where the marked copy goes")

    diff = verb(
        "diff",
        "compare two workbooks by sheet and key: rows added, removed and changed, old → new",
        "  planner diff before.xlsx after.xlsx\n  planner diff india.xlsx mine --json     a file with a folder, too",
        _diff,
    )
    diff.add_argument("old", type=Path, metavar="A", help="an .xlsx file or a folder of CSV files")
    diff.add_argument("new", type=Path, metavar="B", help="another")
    diff.add_argument("--json", action="store_true", help="for machines")

    for name, words in (("run", running), ("compare", comparing), ("explain", explaining), ("report", reporting)):
        work = partial(words.run, progress=Progress())
        words.arguments(verb(name, words.HELP, words.EXAMPLES, work))

    convert = verb(
        "convert",
        "write a workbook in the other format, with its notes, units and estimates",
        "  planner convert mine.xlsx mine     a folder of CSV files with a datapackage.json\n"
        "  planner convert mine mine.xlsx     an xlsx file again; nothing is lost either way",
        _convert,
    )
    convert.add_argument("src", type=Path, metavar="FROM", help="an .xlsx file or a folder of CSV files")
    convert.add_argument("dst", type=Path, metavar="TO", help="a name ending in .xlsx, or a folder; it is written over")

    fields = verb(
        "fields",
        "print the data dictionary: every sheet and column with unit, meaning, range and default",
        "  planner fields | less\n  planner fields --markdown > inputs/README.md",
        _fields,
    )
    form = fields.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one record per column")
    form.add_argument("--markdown", action="store_true", help="as inputs/README.md")

    rates = verb(
        "rates",
        "answer an engineering question for every row of a table: what a machine does, draws, counts for and costs",
        "  planner rates power fleet.csv\n  planner rates training runs.csv -o hours.csv",
        _rates,
    )
    rates.add_argument("what", choices=RATES, metavar="WHAT", help=", ".join(RATES))
    rates.add_argument("table", type=Path, metavar="IN.csv", help="its columns come first in the answer, row by row")
    rates.add_argument("-o", "--out", type=Path, metavar="OUT.csv", help="where to write (default: stdout)")

    verb("doctor", "check the installation and the solver", "  planner doctor", lambda given: doctor())
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out a command and gives its exit status."""
    top = parser()
    given = top.parse_args(arguments)
    if given.verb is None:
        top.print_help(sys.stderr)
        return WRONG_USAGE
    given.command = ["planner", *(sys.argv[1:] if arguments is None else arguments)]
    try:
        return int(given.do(given))
    except Usage as fault:
        print(f"planner {given.verb}: {fault}", file=sys.stderr)
        return WRONG_USAGE
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; Python would complain when it flushes
        return DONE
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130


def _problems(problems: Sequence[Any]) -> str:
    """Problems as lines, and how many there are."""
    lines = [f"  {problem}" for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        lines.append(f"  … and {len(problems) - MOST_SHOWN:,} more (--json of planner check gives all)")
    return "\n".join(lines)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _tell_input_error(problems: Sequence[Any]) -> int:
    print(f"{_count(len(problems), 'error')} in the inputs:\n{_problems(problems)}", file=sys.stderr)
    return WRONG_INPUTS


def _new(given: argparse.Namespace) -> int:
    from compute_lp.schema import InputError

    try:
        print(new(given.file, programme=given.programme, country=given.country, tiers=given.tiers))
    except InputError as fault:
        return _tell_input_error(fault.problems)
    return DONE


def _check(given: argparse.Namespace) -> int:
    from planner.review.checked import check

    out = given.out
    return check(given.file, as_json=given.json, defaults=given.defaults, annotate=given.annotate or bool(out), out=out)


def _diff(given: argparse.Namespace) -> int:
    from compute_lp.schema import InputError
    from planner.review.diff import diff

    try:
        print(diff(given.old, given.new, as_json=given.json))
    except InputError as fault:
        return _tell_input_error(fault.problems)
    return DONE


def _convert(given: argparse.Namespace) -> int:
    from compute_lp.schema import InputError
    from planner.workbook import convert

    try:
        older = convert(given.src, given.dst)
    except InputError as fault:
        return _tell_input_error(fault.problems)
    except OSError as fault:
        raise Usage(f"{given.dst} can't be written: {fault.strerror}") from fault
    print("\n".join([f"{given.dst} written from {given.src}", *older]))
    return DONE


def _fields(given: argparse.Namespace) -> int:
    from planner.workbook.dictionary import as_markdown, as_text, fields
    from planner.workbook.sheets import sheets_of

    sheets = sheets_of().values()
    if given.json:
        print(json.dumps(fields(sheets), indent=1, ensure_ascii=False))
    else:
        print(as_markdown(sheets) if given.markdown else as_text(sheets), end="")
    return DONE


def _rates(given: argparse.Namespace) -> int:
    import csv

    import compute_rates

    if not given.table.is_file():
        raise Usage(f"there is no file {given.table}")
    try:
        answer = compute_rates.answer(given.what, compute_rates.read(given.table))
    except (UnicodeDecodeError, csv.Error) as fault:
        print(f"{given.table.name} can't be read as CSV in UTF-8: {fault}", file=sys.stderr)
        return WRONG_INPUTS
    except compute_rates.RatesError as fault:
        print(f"{given.table.name}:\n{fault}", file=sys.stderr)
        return WRONG_INPUTS
    text = answer.to_csv(index=False, lineterminator="\n")
    if given.out is None:
        sys.stdout.write(text)
        return DONE
    try:
        given.out.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise Usage(f"{given.out} can't be written: {fault.strerror}") from fault
    print(f"{_count(len(answer), 'row')} written to {given.out}")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
