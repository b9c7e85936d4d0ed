"""Splink finds the duplicates of the records that unify_bench.py writes: a whole process, from the file to clusters.

The model is written by hand in the manner of Splink's documentation and tuned for these data: cleaned columns, term
frequencies for names, comparisons of its library, blocking rules that reach what ownlake's keys reach, and u from a
million random pairs, its fastest setting. Arguments: the file of records, the file of clusters to write, and the least
probability of a match.
"""

import logging
import sys

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

records, out, threshold = sys.argv[1], sys.argv[2], float(sys.argv[3])
logging.disable(logging.WARNING)

database = duckdb.connect()
database.execute(f"""
create table records as select record_id as unique_id,
  nullif(trim(lower(strip_accents(first_name))), '') as first_name,
  nullif(trim(lower(strip_accents(last_name))), '') as last_name,
  nullif(lower(trim(email)), '') as email,
  nullif(right(regexp_replace(regexp_replace(phone, ' ?x.*$', ''), '[^0-9]', '', 'g'), 10), '') as phone,
  nullif(dob, '') as dob, nullif(lower(trim(street)), '') as street, nullif(lower(trim(city)), '') as city,
  nullif(left(postcode, 5), '') as postcode
from read_csv('{records}', header = true, all_varchar = true)""")

settings = SettingsCreator(
    link_type="dedupe_only",
    comparisons=[
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("last_name").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.EmailComparison("email"),
        cl.DamerauLevenshteinAtThresholds("phone", [1]),
        cl.JaroWinklerAtThresholds("street", [0.92]),
        cl.DamerauLevenshteinAtThresholds("postcode", [1]).configure(term_frequency_adjustments=True),
    ],
    blocking_rules_to_generate_predictions=[
        block_on("email"),
        block_on("phone"),
        block_on("first_name", "last_name", "city"),
        block_on("last_name", "postcode"),
        block_on("first_name", "postcode"),
        block_on("first_name", "dob"),
        block_on("last_name", "dob"),
    ],
)
api = DuckDBAPI(connection=database)
linker = Linker(api.register("records"), settings)
training = linker.training
training.estimate_probability_two_random_records_match(
    [block_on("email"), block_on("first_name", "last_name", "dob"), block_on("phone", "first_name")], recall=0.8
)
training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
training.estimate_parameters_using_expectation_maximisation(block_on("email"))
training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name"))
pairs = linker.inference.predict(threshold_match_probability=threshold)
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold)
database.execute(f"copy (select 'records' as source, unique_id as key, cluster_id as customer_id from {clusters.physical_name}) to '{out}' (header)")
