"""The leads' features in plain vectorised pandas, as an analyst would write them."""

import features_duckdb as reference
import numpy as np
import pandas as pd

PRIOR = [f"Number_YearsPriorFirm{i}" for i in range(1, 5)]


def one_row_each(reps, firms):
    """One row per adviser and month, and one per firm and month."""
    reps = reps.sort_values(["territory", "nulls", "line"], kind="stable")
    reps = reps.drop_duplicates(["snapshot", "RepCRD", "RIAFirmCRD"])
    reps = reps.assign(primary=reps["IsPrimaryRIAFirm"].eq("Yes"),
                       firm_number=pd.to_numeric(reps["RIAFirmCRD"], errors="coerce"))
    reps = reps.sort_values(["primary", "nulls", "firm_number", "territory", "line"],
                            ascending=[False, True, True, True, True], kind="stable")
    reps = reps.drop_duplicates(["snapshot", "RepCRD"])
    firms = firms[firms["RIAFirmCRD"].notna()].sort_values(["nulls", "line"], kind="stable")
    return reps, firms.drop_duplicates(["snapshot", "RIAFirmCRD"])


def facts(reps, firms, present):
    """Representatives with their firm's figures, or with what stands in for them."""
    reps, firms = one_row_each(reps, firms)
    firms = firms[["snapshot", "RIAFirmCRD"] + reference.FIRM_COLUMNS]
    joined = reps.merge(firms, on=["snapshot", "RIAFirmCRD"], how="left", suffixes=("", "_firm"))
    clients = joined["NumberClients_Individuals"]
    stand_in = {"Number_Employees": joined["Number_BranchAdvisors"],
                "Number_InvestmentAdvisoryClients": clients,
                "AverageAccountSize": joined["TotalAssetsInMillions"] / clients.where(clients != 0) * 1e6}
    month = joined["snapshot"].dt.date
    for column in reference.FIRM_COLUMNS:
        from_firm = month.map({m: column in present.get((m, "firms"), ()) for m in month.unique()})
        from_reps = month.map({m: column in present.get((m, "reps"), ()) for m in month.unique()})
        if column == "Number_Employees":
            joined["employees_proxied"] = ~(from_firm | from_reps)
        other = stand_in.get(column, pd.Series(np.nan, joined.index))
        joined[column] = joined[f"{column}_firm"].where(from_firm, joined[column].where(from_reps, other))
    return joined


def features(leads, reps, firms, present, constants):
    """One row per lead with the 69 features of tests/reference/features_duckdb.py."""
    joined = facts(reps, firms, present)
    leads = leads.sort_values("contact", kind="stable")
    row = pd.merge_asof(leads, joined.sort_values("snapshot", kind="stable"), left_on="contact",
                        right_on="snapshot", left_by="adviser_id", right_by="RepCRD")
    elapsed = (row["contact"] - row["snapshot"]).dt.days / 365.25
    assets, clients = row["TotalAssetsInMillions"], row["Number_InvestmentAdvisoryClients"]
    staff, account = row["Number_Employees"], row["AverageAccountSize"]
    hired = row["DateOfHireAtCurrentFirm_NumberOfYears"] + elapsed
    career = row["DateBecameRep_NumberOfYears"] + elapsed
    growth, growth5 = row["AUMGrowthRate_1Year"], row["AUMGrowthRate_5Year"]
    known, known5 = growth.fillna(0), growth5.fillna(0)
    priors, tenure = row[PRIOR].notna().sum(axis=1), row[PRIOR].mean(axis=1)

    def over(top, bottom):
        return top / bottom.where(bottom != 0)

    stability, per_client = hired / (priors + 1), over(assets, clients)
    veteran, turnover = career > 10, (priors > 3) & (tenure < 3)
    scale = (assets > 500) | (clients > 100)
    primary = row["IsPrimaryRIAFirm"].eq("Yes")
    metro = (row["Home_MetropolitanArea"].str.replace(",", " ").str.replace(r"\s+", " ", regex=True).str.strip())
    density = over(row["Number_BranchAdvisors"], staff).where(row["employees_proxied"].ne(True))
    plain = """NumberFirmAssociations TotalAssetsInMillions NumberRIAFirmAssociations Number_Employees
        Number_BranchAdvisors Number_InvestmentAdvisoryClients MilesToWork Number_IAReps
        NumberClients_HNWIndividuals NumberClients_Individuals AssetsInMillions_HNWIndividuals
        AssetsInMillions_Individuals AssetsInMillions_MutualFunds AssetsInMillions_PrivateFunds
        AUMGrowthRate_5Year AUMGrowthRate_1Year AverageAccountSize PercentClients_Individuals
        Percent_ClientsUS""".split() + PRIOR
    weekday = row["contact"].dt.dayofweek + 1
    return pd.DataFrame({
        "lead_id": row["lead_id"], "adviser_id": row["adviser_id"], "contact_date": row["contact"],
        "snapshot_as_of": row["snapshot"], "facts_as_of": row["snapshot"], "label": row["label"], "label_status": row["status"],
        **{name: row[name] for name in plain},
        "IsPrimaryRIAFirm": primary,
        "DateBecameRep_NumberOfYears": career,
        "DateOfHireAtCurrentFirm_NumberOfYears": hired,
        "KnownNonAdvisor": row["KnownNonAdvisor"].eq("Yes"),
        "IsDuallyRegistered": row["DuallyRegisteredBDRIARep"].eq("Yes"),
        "IsIndependent": row["OwnershipType"].eq("Independent"),
        "AverageTenureAtPriorFirms": tenure,
        "NumberOfPriorFirms": priors,
        **{f"Home_MetropolitanArea_{area}": metro.eq(name) for area, name in reference.METROS.items()},
        "AUM_per_Client": per_client,
        "AUM_per_Employee": over(assets, staff),
        "AUM_per_IARep": over(assets, row["Number_IAReps"]),
        "Growth_Momentum": known * known5,
        "Growth_Acceleration": known - known5 / 5,
        "Firm_Stability_Score": stability,
        "Experience_Efficiency": assets / (career.where(career != 0) + 1),
        "HNW_Client_Ratio": over(row["NumberClients_HNWIndividuals"], row["NumberClients_Individuals"]),
        "HNW_Asset_Concentration": over(row["AssetsInMillions_HNWIndividuals"], assets),
        "Individual_Asset_Ratio": over(row["AssetsInMillions_Individuals"], assets),
        "Alternative_Investment_Focus": over(
            row["AssetsInMillions_MutualFunds"].fillna(0) + row["AssetsInMillions_PrivateFunds"].fillna(0), assets),
        "Is_Large_Firm": staff > 100,
        "Is_Boutique_Firm": (staff <= 20) & (account > constants["p75"]),
        "Has_Scale": scale,
        "Is_New_To_Firm": hired < 2,
        "Is_Veteran_Advisor": veteran,
        "High_Turnover_Flag": turnover,
        "Premium_Positioning": (account > constants["p75"]) & (row["PercentClients_Individuals"] < 50),
        "Mass_Market_Focus": (row["PercentClients_Individuals"] > 80) & (account < constants["p50"]),
        "Clients_per_Employee": over(clients, staff),
        "Branch_Advisor_Density": density,
        "Clients_per_IARep": over(clients, row["Number_IAReps"]),
        "Remote_Work_Indicator": row["MilesToWork"] > 50,
        "Local_Advisor": row["MilesToWork"] <= 10,
        "Multi_RIA_Relationships": row["NumberRIAFirmAssociations"] > 1,
        "Complex_Registration": (row["NumberFirmAssociations"] > 2) | (row["NumberRIAFirmAssociations"] > 1),
        "Primarily_US_Clients": row["Percent_ClientsUS"] > 90,
        "International_Presence": row["Percent_ClientsUS"] < 80,
        "Quality_Score": 0.25 * veteran + 0.25 * scale + 0.15 * (stability > constants["stability"])
        + 0.15 * primary + 0.10 * (per_client > constants["per_client"]) + 0.10 * ~turnover,
        "Positive_Growth_Trajectory": (growth > 0) & (growth5 > 0),
        "Accelerating_Growth": growth > growth5 / 5,
        "Day_of_Contact": weekday,
        "Is_Weekend_Contact": weekday >= 6,
    })


def differences(found, expected):
    """How many values of the features differ, by column; none if all are equal."""
    wrong = {}
    for name in expected.columns[5:]:
        ours, theirs = found[name].astype(float), expected[name].astype(float)
        same = np.isclose(ours, theirs, rtol=1e-9, atol=1e-9, equal_nan=True)
        if not same.all():
            wrong[name] = int((~same).sum())
    return wrong
