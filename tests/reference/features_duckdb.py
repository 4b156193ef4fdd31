"""Recomputes the training dataset from a project's raw files and compares every value.

An implementation of another make, written from the field's notes and not from the
product's SQL: Python reads the files, DuckDB joins and computes. For tests only.

    python tests/reference/features_duckdb.py PROJECT --as-of 2025-12-31 \
        --constants constants.json --export training_dataset.parquet

`--constants` is a JSON object with average_account_size_p75, average_account_size_median,
firm_stability_score_median and aum_per_client_median (null where unfitted); `{"constants":
{...}}` around it is accepted too. `--refit TRAIN_IDS.txt` also recomputes them from the
leads named there, one Id a line. `--export` is Parquet or CSV with the columns of
`LeadScoring.training_dataset`. Exit code 0: all equal; 1: differences; 2: wrong use.

Needs Python 3.9 or newer and `pip install duckdb`.
"""

import argparse
import csv
import datetime as dt
import json
import math
import re
import sys
import tempfile
from pathlib import Path

import duckdb

# ---------------------------------------------------------------- reading cells

NULL_WORDS = {"", "na", "n/a", "null", "none", "nan", "#n/a", "#na", "<na>", "-nan", "#n/a n/a"}

COUNTS = """Number_IAReps NumberClients_Individuals NumberClients_HNWIndividuals
NumberClients_RetirementPlans Number_BranchAdvisors NumberFirmAssociations
NumberRIAFirmAssociations""".split()
NUMBERS = """TotalAssetsInMillions AUMGrowthRate_1Year AUMGrowthRate_5Year
DateBecameRep_NumberOfYears DateOfHireAtCurrentFirm_NumberOfYears AssetsInMillions_Individuals
AssetsInMillions_HNWIndividuals AssetsInMillions_MutualFunds AssetsInMillions_PrivateFunds
AssetsInMillions_Equity_ExchangeTraded TotalAssets_SeparatelyManagedAccounts
TotalAssets_PooledVehicles PercentClients_Individuals PercentClients_HNWIndividuals
PercentAssets_Individuals PercentAssets_HNWIndividuals PercentAssets_MutualFunds
PercentAssets_PrivateFunds PercentAssets_Equity_ExchangeTraded CustodianAUM_Schwab
CustodianAUM_Fidelity_NationalFinancial CustodianAUM_Pershing CustodianAUM_TDAmeritrade
Number_YearsPriorFirm1 Number_YearsPriorFirm2 Number_YearsPriorFirm3 Number_YearsPriorFirm4
MilesToWork Branch_Latitude Branch_Longitude Home_Latitude Home_Longitude""".split()
FLAGS = "KnownNonAdvisor DuallyRegisteredBDRIARep IsPrimaryRIAFirm BreakawayRep".split()
ZIPS = "Branch_ZipCode Home_ZipCode".split()
TEXTS = """Custodian1 Custodian2 Custodian3 Custodian4 Custodian5 Home_MetropolitanArea
Branch_State Home_State Branch_City Branch_County Home_City Home_County Licenses
RegulatoryDisclosures Education Gender FirstName LastName Title RIAFirmName Email_BusinessType
Email_PersonalType SocialMedia_LinkedIn PersonalWebpage FirmWebsite Brochure_Keywords Notes
CustomKeywords""".split()
CRDS = ["RepCRD", "RIAFirmCRD"]
DECLARED = CRDS + COUNTS + NUMBERS + FLAGS + ZIPS + TEXTS
FIRM_COLUMNS = """Number_Employees Number_InvestmentAdvisoryClients Percent_ClientsUS
AverageAccountSize OwnershipType""".split()
RENAMED = {  # the layout of the historical feed
    "Number_OfficeReps": "Number_BranchAdvisors",
    "LicensesDesignations": "Licenses",
    "Education1": "Education",
    "PersonalWebsite": "PersonalWebpage",
    **{f"PriorFirm{i}_NumberOfYears": f"Number_YearsPriorFirm{i}" for i in range(1, 5)},
    **{f"Office_{p}": f"Branch_{p}" for p in "City County State ZipCode Latitude Longitude".split()},
}


def is_null(text):
    return text.strip().lower() in NULL_WORDS


def number(text):
    """Dollar signs, percent signs, commas and blanks go; `< 5` is 2; brackets are negative."""
    if is_null(text):
        return None
    plain = re.sub(r"[$,%\s]", "", text)
    if plain == "<5":
        return 2.0
    bracketed = re.fullmatch(r"\((.+)\)", plain)
    if bracketed:
        plain = "-" + bracketed[1]
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def count(text):
    value = number(text)
    return value if value is None or value == int(value) else None


def crd(text):
    if is_null(text):
        return None
    plain = re.sub(r"^(crd)?\s*(no\.?)?[#:\s]*", "", text.strip(), flags=re.I)
    plain = re.sub(r"\.0*$", "", plain).replace(",", "")
    plain = plain.lstrip("0")
    return plain if re.fullmatch(r"\d{1,10}", plain) else None


def word(text):
    return None if is_null(text) else text.strip()


def flag(text):
    known = {"yes": "Yes", "y": "Yes", "true": "Yes", "1": "Yes",
             "no": "No", "n": "No", "false": "No", "0": "No", "unknown": "Unknown"}
    return None if is_null(text) else known.get(text.strip().lower())


def zip_code(text):
    if is_null(text):
        return None
    plain = re.sub(r"\.0*$", "", text.strip())
    return plain if re.fullmatch(r"\d{1,5}(-?\d{4})?", plain) else None


READERS = {
    **{c: count for c in COUNTS}, **{c: number for c in NUMBERS}, **{c: flag for c in FLAGS},
    **{c: zip_code for c in ZIPS}, **{c: word for c in TEXTS}, **{c: crd for c in CRDS},
    "Number_Employees": number, "Number_InvestmentAdvisoryClients": count,
    "Percent_ClientsUS": number, "AverageAccountSize": number, "OwnershipType": word,
}


def clean_header(name):
    name = re.sub(r"[/ \-.]", "_", name.strip())
    name = re.sub(r"[()\[\]{}]", "", name)
    return name.replace("__", "_")


def day(text):
    """The UTC day of a timestamp."""
    if is_null(text):
        return None
    text = text.strip().replace(" UTC", "+00:00").replace("Z", "+00:00")
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.timezone.utc)
    return moment.date()


def records(path):
    """Header and rows of a CSV file; short rows are filled up."""
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.reader(file)
        header = next(rows)
        for row in rows:
            if row:
                yield header, row + [""] * (len(header) - len(row))


def positions(header, wanted):
    """Where each wanted column is, by its cleaned name, the older layout's names included."""
    found = {}
    for place, name in enumerate(header):
        found.setdefault(clean_header(name).lower(), place)
    places = {c: found[c.lower()] for c in wanted if c.lower() in found}
    for old, new in RENAMED.items():
        if new in wanted and new not in places and old.lower() in found:
            places[new] = found[old.lower()]
    return places


# ---------------------------------------------------------------- leads and labels


def lead_label(contact, call, as_of, window):
    """Label and status of a contacted lead; the first rule that holds decides."""
    if contact > as_of - dt.timedelta(days=window):
        return None, "censored"
    if call is None or call > as_of:
        return 0, "negative"
    days = (call - contact).days
    if days < 0:
        return None, "invalid_timing"
    return (1, "positive") if days <= window else (0, "late")


def read_leads(path, as_of, window):
    newest = {}
    for header, row in records(path):
        cell = dict(zip((h.strip() for h in header), row))
        lead, contact = cell["Id"].strip(), day(cell["Stage_Entered_Contacting__c"])
        if not lead:
            continue
        changed = cell.get("LastModifiedDate", "")
        if lead in newest and newest[lead][0] >= changed:
            continue
        call = day(cell["Stage_Entered_Call_Scheduled__c"])
        newest[lead] = (changed, crd(cell["FA_CRD__c"]), contact, call)
    leads = []
    for lead, (_, adviser, contact, call) in newest.items():
        if contact is not None:
            leads.append((lead, adviser, contact, *lead_label(contact, call, as_of, window)))
    return leads


# ---------------------------------------------------------------- vendor files

MONTHLY = re.compile(r"discovery_(t1|t2|t3|tx|firms)_(\d{4})_(\d{2})\.csv$", re.I)
KEPT = CRDS + [c for c in COUNTS + NUMBERS + FLAGS if c != "NumberClients_RetirementPlans"] + [
    "Home_MetropolitanArea"] + FIRM_COLUMNS
TYPES = {**{c: "VARCHAR" for c in CRDS + FLAGS + ["Home_MetropolitanArea", "OwnershipType"]}}


def load_vendor(base, raw, advisers):
    columns = ", ".join(f"{c} {TYPES.get(c, 'DOUBLE')}" for c in KEPT)
    base.execute(f"CREATE TABLE reps (snapshot DATE, territory VARCHAR, line BIGINT, nulls INT, {columns})")
    firm = ", ".join(f"{c} {TYPES.get(c, 'DOUBLE')}" for c in FIRM_COLUMNS)
    base.execute(f"CREATE TABLE firms (snapshot DATE, line BIGINT, nulls INT, RIAFirmCRD VARCHAR, {firm})")
    present = {}  # (month, 'firms' or 'reps') -> firm columns that the files have values in
    for path in sorted(raw.iterdir()):
        named = MONTHLY.match(path.name)
        if not named:
            continue
        kind, month = named[1].lower(), dt.date(int(named[2]), int(named[3]), 1)
        if kind == "firms":
            load_firms(base, path, month, present)
        else:
            load_reps(base, path, month, kind.upper(), advisers, present)
    return present


def load_reps(base, path, month, territory, advisers, present):
    present.setdefault((month, "reps"), set())
    batch, line, places = [], 0, None
    for header, row in records(path):
        line += 1
        places = places or positions(header, DECLARED + FIRM_COLUMNS)
        for column in FIRM_COLUMNS:
            if column in places and READERS[column](row[places[column]]) is not None:
                present[(month, "reps")].add(column)
        adviser = crd(row[places["RepCRD"]])
        if adviser not in advisers:
            continue
        value = {c: READERS[c](row[place]) for c, place in places.items()}
        nulls = sum(value.get(c) is None for c in DECLARED)
        batch.append([month, territory, line, nulls] + [value.get(c) for c in KEPT])
    insert(base, "reps", batch)


def load_firms(base, path, month, present):
    columns = ["RIAFirmCRD", "RIAFirmName", "TotalAssetsInMillions"] + FIRM_COLUMNS
    batch, line, places = [], 0, None
    for header, row in records(path):
        line += 1
        if places is None:
            places = positions(header, columns)
            # the header decides, not the values
            present[(month, "firms")] = {c for c in FIRM_COLUMNS if c in places}
        value = {c: READERS[c](row[place]) for c, place in places.items()}
        nulls = sum(value.get(c) is None for c in columns)
        batch.append([month, line, nulls, value.get("RIAFirmCRD")] + [value.get(c) for c in FIRM_COLUMNS])
    insert(base, "firms", batch)


def insert(base, table, rows):
    """By way of a file: thousands of times faster than one row at a time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with open(path, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)  # None becomes an empty cell
        if rows:
            base.execute(f"COPY {table} FROM '{path}' (HEADER false, NULL '', QUOTE '\"', ESCAPE '\"')")


# ---------------------------------------------------------------- joins and features

METROS = {
    "Chicago_Naperville_Elgin_IL_IN": "Chicago-Naperville-Elgin IL-IN",
    "Dallas_Fort_Worth_Arlington_TX": "Dallas-Fort Worth-Arlington TX",
    "Los_Angeles_Long_Beach_Anaheim_CA": "Los Angeles-Long Beach-Anaheim CA",
    "Miami_Fort_Lauderdale_West_Palm_Beach_FL": "Miami-Fort Lauderdale-West Palm Beach FL",
    "New_York_Newark_Jersey_City_NY_NJ": "New York-Newark-Jersey City NY-NJ",
}


def join(base, leads, present, at_contact):
    base.execute("CREATE TABLE leads (lead_id VARCHAR, adviser_id VARCHAR, contact DATE, label INT, status VARCHAR)")
    insert(base, "leads", leads)
    origin = []
    for month in sorted({m for m, _ in present}):
        from_firm = present.get((month, "firms"), set())
        from_reps = present.get((month, "reps"), set())
        origin.append([month] + ["firm" if c in from_firm else "rep" if c in from_reps else "none"
                                 for c in FIRM_COLUMNS])
    base.execute("CREATE TABLE origin (snapshot DATE, " + ", ".join(f"{c}_o VARCHAR" for c in FIRM_COLUMNS) + ")")
    insert(base, "origin", origin)
    # one row per adviser and month
    base.execute("""
        CREATE TABLE one_rep AS
        SELECT DISTINCT ON (snapshot, RepCRD) * FROM (
            SELECT DISTINCT ON (snapshot, RepCRD, RIAFirmCRD) * FROM reps
            ORDER BY snapshot, RepCRD, RIAFirmCRD, territory, nulls, line)
        ORDER BY snapshot, RepCRD, IsPrimaryRIAFirm IS NOT DISTINCT FROM 'Yes' DESC, nulls,
                 TRY_CAST(RIAFirmCRD AS BIGINT) NULLS LAST, territory, line""")
    base.execute("""
        CREATE TABLE one_firm AS
        SELECT DISTINCT ON (snapshot, RIAFirmCRD) * FROM firms WHERE RIAFirmCRD IS NOT NULL
        ORDER BY snapshot, RIAFirmCRD, nulls, line""")
    taken = {
        "Number_Employees": "r.Number_BranchAdvisors",
        "Number_InvestmentAdvisoryClients": "r.NumberClients_Individuals",
        "AverageAccountSize": "r.TotalAssetsInMillions / NULLIF(r.NumberClients_Individuals, 0) * 1e6",
    }
    firm = ", ".join(
        f"CASE {c}_o WHEN 'firm' THEN f.{c} WHEN 'rep' THEN r.{c} ELSE {taken.get(c, 'NULL')} END AS {c}"
        for c in FIRM_COLUMNS)
    plain = ", ".join(f"r.{c}" for c in KEPT if c not in FIRM_COLUMNS)
    base.execute(f"""
        CREATE TABLE facts AS
        SELECT r.snapshot, Number_Employees_o = 'none' AS employees_proxied, {plain}, {firm}
        FROM one_rep r
        LEFT JOIN one_firm f ON f.RIAFirmCRD = r.RIAFirmCRD AND f.snapshot = r.snapshot
        JOIN origin o ON o.snapshot = r.snapshot""")
    shift = "date_diff('day', snapshot, contact) / 365.25" if at_contact else "0.0"
    base.execute(f"""
        CREATE TABLE rows AS
        SELECT l.*, f.*, {shift} AS elapsed
        FROM leads l ASOF LEFT JOIN facts f ON f.RepCRD = l.adviser_id AND l.contact >= f.snapshot""")


def features(proxied_density):
    """Each feature as a DuckDB expression over `rows`, in the order of the notes' list."""
    ta, clients, staff = "TotalAssetsInMillions", "Number_InvestmentAdvisoryClients", "Number_Employees"
    account, g1, g5 = "AverageAccountSize", "AUMGrowthRate_1Year", "AUMGrowthRate_5Year"
    hired = "(DateOfHireAtCurrentFirm_NumberOfYears + elapsed)"
    career = "(DateBecameRep_NumberOfYears + elapsed)"
    prior = [f"Number_YearsPriorFirm{i}" for i in range(1, 5)]
    priors = "(" + " + ".join(f"({p} IS NOT NULL)::INT" for p in prior) + ")"
    tenure = f"list_avg([{', '.join(prior)}])"  # passes over nulls

    def over(top, bottom):
        return f"(({top})::DOUBLE / NULLIF({bottom}, 0))"

    def is_true(condition):
        return f"(({condition}) IS NOT DISTINCT FROM TRUE)::INT"

    def yes(column, value="Yes"):
        return is_true(f"{column} = '{value}'")

    def zero(column):
        return f"coalesce({column}, 0)"

    veteran = is_true(f"{career} > 10")
    scale = f"greatest({is_true(ta + ' > 500')}, {is_true(clients + ' > 100')})"
    turnover = is_true(f"{priors} > 3 AND {tenure} < 3")
    stability = f"({hired} / ({priors} + 1))"
    per_client = over(ta, clients)
    density = over("Number_BranchAdvisors", staff)
    if proxied_density == "null":
        density = f"CASE WHEN employees_proxied THEN NULL ELSE {density} END"
    metro = "trim(regexp_replace(replace(Home_MetropolitanArea, ',', ' '), '\\s+', ' ', 'g'))"
    named = {
        "NumberFirmAssociations": "NumberFirmAssociations",
        ta: ta,
        "NumberRIAFirmAssociations": "NumberRIAFirmAssociations",
        "IsPrimaryRIAFirm": yes("IsPrimaryRIAFirm"),
        staff: staff,
        "Number_BranchAdvisors": "Number_BranchAdvisors",
        "DateBecameRep_NumberOfYears": career,
        "DateOfHireAtCurrentFirm_NumberOfYears": hired,
        clients: clients,
        "KnownNonAdvisor": yes("KnownNonAdvisor"),
        **{p: p for p in prior},
        **{c: c for c in """MilesToWork Number_IAReps NumberClients_HNWIndividuals
            NumberClients_Individuals AssetsInMillions_HNWIndividuals AssetsInMillions_Individuals
            AssetsInMillions_MutualFunds AssetsInMillions_PrivateFunds AUMGrowthRate_5Year
            AUMGrowthRate_1Year AverageAccountSize PercentClients_Individuals
            Percent_ClientsUS""".split()},
        "IsDuallyRegistered": yes("DuallyRegisteredBDRIARep"),
        "IsIndependent": yes("OwnershipType", "Independent"),
        "AverageTenureAtPriorFirms": tenure,
        "NumberOfPriorFirms": priors,
        **{f"Home_MetropolitanArea_{f}": is_true(f"{metro} = '{name}'") for f, name in METROS.items()},
        "AUM_per_Client": per_client,
        "AUM_per_Employee": over(ta, staff),
        "AUM_per_IARep": over(ta, "Number_IAReps"),
        "Growth_Momentum": f"{zero(g1)} * {zero(g5)}",
        "Growth_Acceleration": f"{zero(g1)} - {zero(g5)} / 5",
        "Firm_Stability_Score": stability,
        "Experience_Efficiency": f"{ta} / (NULLIF({career}, 0) + 1)",
        "HNW_Client_Ratio": over("NumberClients_HNWIndividuals", "NumberClients_Individuals"),
        "HNW_Asset_Concentration": over("AssetsInMillions_HNWIndividuals", ta),
        "Individual_Asset_Ratio": over("AssetsInMillions_Individuals", ta),
        "Alternative_Investment_Focus": over(
            f"{zero('AssetsInMillions_MutualFunds')} + {zero('AssetsInMillions_PrivateFunds')}", ta),
        "Is_Large_Firm": is_true(f"{staff} > 100"),
        "Is_Boutique_Firm": is_true(f"{staff} <= 20 AND {account} > $p75"),
        "Has_Scale": scale,
        "Is_New_To_Firm": is_true(f"{hired} < 2"),
        "Is_Veteran_Advisor": veteran,
        "High_Turnover_Flag": turnover,
        "Premium_Positioning": is_true(f"{account} > $p75 AND PercentClients_Individuals < 50"),
        "Mass_Market_Focus": is_true(f"PercentClients_Individuals > 80 AND {account} < $p50"),
        "Clients_per_Employee": over(clients, staff),
        "Branch_Advisor_Density": density,
        "Clients_per_IARep": over(clients, "Number_IAReps"),
        "Remote_Work_Indicator": is_true("MilesToWork > 50"),
        "Local_Advisor": is_true("MilesToWork <= 10"),
        "Multi_RIA_Relationships": is_true("NumberRIAFirmAssociations > 1"),
        "Complex_Registration": is_true("NumberFirmAssociations > 2 OR NumberRIAFirmAssociations > 1"),
        "Primarily_US_Clients": is_true("Percent_ClientsUS > 90"),
        "International_Presence": is_true("Percent_ClientsUS < 80"),
        "Quality_Score": f"""0.25 * {veteran} + 0.25 * {scale}
            + 0.15 * {is_true(stability + ' > $stability')} + 0.15 * {yes('IsPrimaryRIAFirm')}
            + 0.10 * {is_true(per_client + ' > $per_client')} + 0.10 * (1 - {turnover})""",
        "Positive_Growth_Trajectory": is_true(f"{g1} > 0 AND {g5} > 0"),
        "Accelerating_Growth": is_true(f"{g1} > {g5} / 5"),
        "Day_of_Contact": "isodow(contact)",
        "Is_Weekend_Contact": "(isodow(contact) IN (6, 7))::INT",
    }
    assert len(named) == 69, len(named)
    return named


def refit(base, named, ids):
    """The four constants over matched, labelled rows of the given leads."""
    base.execute("CREATE TABLE chosen (lead_id VARCHAR)")
    insert(base, "chosen", [[i] for i in ids])
    return base.execute(f"""
        SELECT quantile_cont({named['AverageAccountSize']}, 0.75),
               quantile_cont({named['AverageAccountSize']}, 0.5),
               quantile_cont({named['Firm_Stability_Score']}, 0.5),
               quantile_cont({named['AUM_per_Client']}, 0.5)
        FROM rows WHERE label IS NOT NULL AND snapshot IS NOT NULL
          AND lead_id IN (SELECT lead_id FROM chosen)""").fetchone()


# ---------------------------------------------------------------- comparison


def same(ours, theirs, tolerance):
    if ours is None or theirs is None:
        return ours is None and theirs is None
    if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)):
        return abs(ours - theirs) <= tolerance * max(1.0, abs(ours), abs(theirs))
    return str(ours) == str(theirs)


def compare(expected, export, tolerance):
    """Prints differences column by column; gives their number."""
    source = f"read_csv('{export}', header=true)" if str(export).endswith(".csv") else f"read_parquet('{export}')"
    answer = duckdb.sql(f"SELECT * FROM {source}")
    names = answer.columns
    wanted = list(next(iter(expected.values())))
    if list(names) != wanted:
        print(f"columns differ: export has {list(names)}, expected {wanted}")
        return 1
    given = {}
    for row in answer.fetchall():
        if row[0] in given:
            print(f"lead {row[0]} has several rows in the export")
            return 1
        given[row[0]] = dict(zip(names, row))
    problems = 0
    for what, ids in (("missing from", expected.keys() - given.keys()),
                      ("too much in", given.keys() - expected.keys())):
        if ids:
            problems += len(ids)
            print(f"{len(ids)} leads {what} the export, such as {sorted(ids)[:3]}")
    shared = sorted(expected.keys() & given.keys())
    for name in wanted:
        wrong = [i for i in shared if not same(expected[i][name], given[i][name], tolerance)]
        if wrong:
            problems += len(wrong)
            shown = [(i, expected[i][name], given[i][name]) for i in wrong[:3]]
            print(f"{name}: {len(wrong)} of {len(shared)} differ; (lead, expected, export): {shown}")
    print(f"{len(shared)} leads x {len(wanted)} columns compared, {problems} differences")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--as-of", type=dt.date.fromisoformat, required=True)
    parser.add_argument("--constants", type=Path, required=True)
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--window-days", type=int, default=30)
    parser.add_argument("--calculable", choices=["at_contact", "as_delivered"], default="at_contact")
    parser.add_argument("--proxied-density", choices=["null", "one"], default="null",
                        help="Branch_Advisor_Density where branch advisers stand in for employees")
    parser.add_argument("--refit", type=Path, help="file of training lead ids")
    parser.add_argument("--tolerance", type=float, default=1e-9)
    args = parser.parse_args()

    raw = args.project / "raw"
    leads = read_leads(raw / "salesforce_lead.csv", args.as_of, args.window_days)
    base = duckdb.connect()
    present = load_vendor(base, raw, {lead[1] for lead in leads} - {None})
    join(base, leads, present, args.calculable == "at_contact")
    named = features(args.proxied_density)

    fitted = json.loads(args.constants.read_text())
    fitted = fitted.get("constants", fitted)
    keys = ["average_account_size_p75", "average_account_size_median",
            "firm_stability_score_median", "aum_per_client_median"]
    problems = 0
    if args.refit:
        again = refit(base, named, args.refit.read_text().split())
        for key, value in zip(keys, again):
            if not same(value, fitted[key], args.tolerance):
                problems += 1
                print(f"{key}: expected {value}, given {fitted[key]}")
    parameters = dict(zip(["p75", "p50", "stability", "per_client"], (fitted[k] for k in keys)))
    head = ["lead_id", "adviser_id", "contact AS contact_date", "snapshot AS snapshot_as_of",
            # without the hybrid policy facts are of no other month
            "snapshot AS facts_as_of", "label", "status AS label_status"]
    # as doubles: DuckDB takes 0.25 for a decimal
    select = ", ".join(head + [f"({formula})::DOUBLE AS {name}" for name, formula in named.items()])
    answer = base.execute(f"SELECT {select} FROM rows", parameters)
    names = [column[0] for column in answer.description]
    expected = {row[0]: dict(zip(names, row)) for row in answer.fetchall()}
    if len(expected) != len(leads):
        print(f"reference error: {len(leads)} leads gave {len(expected)} rows")
        return 2
    problems += compare(expected, args.export, args.tolerance)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
