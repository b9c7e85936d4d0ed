"""Times `ownlake unify` beside Splink on the same file, both as whole processes from the file to clusters.

The records are those of `ownlake sample`, brought into one schema as an analyst would (Splink wants that; ownlake does
not, and is not told what the columns hold). Printed are CPU, wall time and peak memory of each, how well the clusters
are, and ratios: on a machine that others use too, that of CPU says most.

usage: unify_bench.py --ownlake BINARY --python PYTHON [--customers N] [--threshold P]
PYTHON has the packages of unify_requirements.txt.
"""

import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time

COLUMNS = ["record_id", "first_name", "last_name", "email", "phone", "dob", "street", "city", "region", "postcode"]


def day(text, order):
    """A date of d/m/y or m/d/y as y-m-d."""
    parts = text.split("/")
    if len(parts) != 3:
        return text
    day_of, month = (parts[0], parts[1]) if order == "dmy" else (parts[1], parts[0])
    return f"{parts[2]}-{month}-{day_of}"


def crm(row):
    return [row["ContactId"], row["FirstName"], row["LastName"], row["EmailAddress1"], row["Telephone1"], row["BirthDate"],
            row["Address1_Line1"], row["Address1_City"], row["Address1_StateOrProvince"], row["Address1_PostalCode"]]


def shop(row):
    first, _, last = row["name"].rpartition(" ")
    return [row["customer_no"], first.split(" ")[0], last, row["e_mail"], row["phone"], day(row["dob"], "dmy"),
            row["street"], row["city"], "", row["zip"]]


def loyalty(row):
    return [row["MEMBER_ID"], row["GIVEN_NAME"], row["SURNAME"], row["EMAIL"], row["MOBILE"], day(row["BIRTH_DT"], "mdy"),
            row["ADDRESS"], row["TOWN"], row["STATE"], row["POSTCODE"]]


SOURCES = [("crm/contacts.csv", ",", "CRM_Contacts", crm), ("shop/customers.csv", ";", "Shop_Customers", shop),
           ("loyalty/members.csv", "|", "Loyalty_Members", loyalty)]


def prepare(ownlake, folder, customers):
    """Writes records.csv and truth.csv and returns the number of records."""
    subprocess.run([ownlake, "sample", "--customers", str(customers), "--seed", "11", "--out", folder / "sample"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    entity = {}
    with open(folder / "sample" / "truth.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            entity[row["key"]] = entity.get(row["key"], []) + [(row["source"], row["entity_id"])]
    count = 0
    with open(folder / "records.csv", "w", newline="", encoding="utf-8") as records, \
            open(folder / "truth.csv", "w", newline="", encoding="utf-8") as truth:
        out, says = csv.writer(records), csv.writer(truth)
        out.writerow(COLUMNS)
        says.writerow(["source", "key", "entity_id"])
        for at, (path, delimiter, source, mapped) in enumerate(SOURCES):
            with open(folder / "sample" / path, newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file, delimiter=delimiter):
                    values = mapped(row)
                    of = entity.get(values[0], [])
                    name = next((e for s, e in of if s == source), of[0][1] if of else "")
                    values[0] = f"{at}-{values[0]}"
                    out.writerow([v or "" for v in values])
                    says.writerow(["records", values[0], name])
                    count += 1
    return count


def run(command):
    """Runs a process and returns its CPU seconds, wall seconds, peak MiB and output."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        sys.exit(f"{command[0]} fails: {text[-2000:]}")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def score(ownlake, folder, clusters):
    printed = subprocess.run([ownlake, "sample", "score", "--truth", folder / "truth.csv", "--clusters", clusters],
                             check=True, capture_output=True, text=True)
    lines = (printed.stdout + printed.stderr).splitlines()
    return [line.split() for line in lines if line.split() and line.split()[0] in ("pairs", "B-cubed")]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--ownlake", required=True)
    arguments.add_argument("--python", required=True)
    arguments.add_argument("--customers", type=int, default=100_000)
    arguments.add_argument("--threshold", default="0.99999", help="of Splink, tuned with the truth")
    o = arguments.parse_args()
    here = pathlib.Path(__file__).parent
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        records = prepare(o.ownlake, folder, o.customers)
        peers = {
            "ownlake": [o.ownlake, "unify", folder / "records.csv", "--key", "record_id", "--out", folder / "ownlake.csv"],
            "splink": [o.python, here / "unify_splink.py", folder / "records.csv", folder / "splink.csv", o.threshold],
        }
        used = {peer: run(command) for peer, command in peers.items()}
        print(f"{records:,} records, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        print(f"{'':10}{'CPU s':>8}{'wall s':>8}{'peak MiB':>10}  {'pair F1':>8}{'B-cubed F1':>12}")
        for peer, (cpu, wall, peak) in used.items():
            scores = score(o.ownlake, folder, folder / f"{peer}.csv")
            print(f"{peer:10}{cpu:8.1f}{wall:8.1f}{peak:10.0f}  " + "".join(f"{line[-1]:>8}    " for line in scores))
        ratios = [theirs / ours for ours, theirs in zip(used["ownlake"], used["splink"])]
        print("splink takes {:.1f} x the CPU, {:.1f} x the time and {:.1f} x the memory".format(*ratios))


if __name__ == "__main__":
    main()
