"""Writes what similarity_vectors.csv, phone_vectors.csv, fold_vectors.csv and em_vectors.json hold: results of other
implementations, which the tests compare with.

    pip install rapidfuzz==3.14.6 jellyfish==1.3.0 phonenumbers==9.0.19 && python vectors.py

em_vectors.json is made by the textbook algorithm below (Fellegi and Sunter's model of two classes, chances given, by
expectation and maximisation), which shares nothing with the Go code.
"""

import csv
import json
import math
import random
import unicodedata

import jellyfish
import phonenumbers
from rapidfuzz.distance import OSA, Jaro, Levenshtein

random.seed(6)
WORDS = (
    "smith smyth schmidt johnson jonson johnston williams willems garcia garzia gracia martinez martin nguyen anderson andersen "
    "catherine katherine kathryn catarina robert rupert roberta william wilhelm guillaume elizabeth elisabeth lisa eliza "
    "12 main street|21 main street|12 main st|main street 12|unit 33 181 scott st|181 scott street|anna.k@mail.example|ann.ak@mail.example"
)
WORDS = [w for part in WORDS.split("|") for w in ([part] if " " in part and part[0].isdigit() or "@" in part or "main" in part or "scott" in part else part.split())]


def edit(s):
    s = list(s)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(s)) if s else 0
        match random.randrange(4):
            case 0:
                s.insert(at, random.choice("abcdefgh 1234"))
            case 1 if s:
                del s[at]
            case 2 if s:
                s[at] = random.choice("abcdefgh 1234")
            case 3 if len(s) > 1:
                at = random.randrange(len(s) - 1)
                s[at], s[at + 1] = s[at + 1], s[at]
    return "".join(s)


def pairs():
    for _ in range(700):
        a = random.choice(WORDS)
        yield a, edit(a)
    for _ in range(300):
        yield random.choice(WORDS), random.choice(WORDS)
    for _ in range(300):
        yield tuple("".join(random.choice("abc") for _ in range(random.randint(1, 12))) for _ in range(2))
    for _ in range(100):
        a = "".join(random.choice("abcdefghij") for _ in range(64))
        yield a, edit(a)[:64]


def similarities():
    with open("similarity_vectors.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["a", "b", "osa", "levenshtein", "damerau", "jaro", "jaro_winkler"])
        for a, b in sorted(set(pairs())):
            jaro = Jaro.similarity(a, b)
            assert abs(jaro - jellyfish.jaro_similarity(a, b)) < 1e-9, (a, b)
            winkler = jellyfish.jaro_winkler_similarity(a, b)
            # The libraries add no bonus below 0.7; the Go code does, as DuckDB does, and is compared above only.
            out.writerow([a, b, OSA.distance(a, b), Levenshtein.distance(a, b), jellyfish.damerau_levenshtein_distance(a, b), f"{jaro:.9f}", f"{winkler:.9f}" if jaro > 0.7 else ""])


REGIONS = "US CA GB DE FR CH AT NL BE ES PT SE NO DK FI PL CZ IE GR TR AU NZ IN JP KR BR MX ZA IL AE SG HK".split()


def phones():
    formats = phonenumbers.PhoneNumberFormat
    with open("phone_vectors.csv", "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["region", "written", "national"])
        for region in REGIONS:
            for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
                n = phonenumbers.example_number_for_type(region, kind)
                national = phonenumbers.national_significant_number(n)
                for fmt in (formats.E164, formats.INTERNATIONAL, formats.NATIONAL):
                    out.writerow([region, phonenumbers.format_number(n, fmt), national])


def folds():
    with open("fold_vectors.csv", "w", newline="", encoding="utf-8") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(["letter", "folded"])
        for code in list(range(0xC0, 0x250)) + list(range(0x1E00, 0x1F00)):
            letter = chr(code)
            plain = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c)).lower()
            if unicodedata.category(letter) in ("Lu", "Ll") and plain.isascii() and plain.isalpha():
                out.writerow([letter, plain])


def estimate(vectors, u, rounds=400):
    k = len(u)
    m, share = [0.8] * k, 0.3
    for _ in range(rounds):
        weights = []
        for v, n in vectors:
            same = share * math.prod(m[i] if v[i] else 1 - m[i] for i in range(k))
            chance = (1 - share) * math.prod(u[i] if v[i] else 1 - u[i] for i in range(k))
            weights.append(n * same / (same + chance))
        total = sum(weights)
        m = [sum(w for (v, _), w in zip(vectors, weights) if v[i]) / total for i in range(k)]
        share = total / sum(n for _, n in vectors)
    return m, share


def em():
    cases = []
    for matches, pairs_, m, u in (
        (20_000, 400_000, [0.95, 0.9, 0.8, 0.7], [0.02, 0.05, 0.1, 0.01]),
        (50_000, 2_000_000, [0.99, 0.6, 0.85, 0.75, 0.9], [0.01, 0.03, 0.002, 0.05, 0.1]),
        (8_000, 100_000, [0.7, 0.7, 0.7, 0.7, 0.7, 0.7], [0.05] * 6),
    ):
        k, vectors = len(m), []
        for code in range(2**k):
            v = [code >> i & 1 for i in range(k)]
            n = matches * math.prod(m[i] if v[i] else 1 - m[i] for i in range(k))
            n += (pairs_ - matches) * math.prod(u[i] if v[i] else 1 - u[i] for i in range(k))
            vectors.append((v, round(n * random.uniform(0.97, 1.03))))
        found, share = estimate(vectors, u)
        cases.append({"u": u, "vectors": [{"v": v, "n": n} for v, n in vectors], "m": found, "share": share})
    with open("em_vectors.json", "w") as f:
        json.dump(cases, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    similarities()
    phones()
    folds()
    em()
