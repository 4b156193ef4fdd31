//! What each feature means to somebody who sells: one sentence, no formula.

/// Feature and meaning, in the order of the catalog.
pub(super) const MEANINGS: [(&str, &str); 69] = [
    (
        "NumberFirmAssociations",
        "With how many firms the advisor is registered. More than one usually means a broker-dealer beside an advisory firm.",
    ),
    (
        "TotalAssetsInMillions",
        "How much money the whole firm manages. It is the firm's, not the advisor's own book.",
    ),
    (
        "NumberRIAFirmAssociations",
        "With how many advisory firms (RIAs) the advisor is registered.",
    ),
    (
        "IsPrimaryRIAFirm",
        "Whether the firm on file is the advisor's main advisory firm.",
    ),
    (
        "Number_Employees",
        "How many people work at the firm. Small firms decide faster; large ones have more to offer to stay.",
    ),
    (
        "Number_BranchAdvisors",
        "How many advisors sit in the same branch: the advisor's nearest colleagues.",
    ),
    (
        "DateBecameRep_NumberOfYears",
        "How long the advisor has been in the business, counted from the first registration.",
    ),
    (
        "DateOfHireAtCurrentFirm_NumberOfYears",
        "How long the advisor has been at the current firm. Moves happen most in the first years.",
    ),
    (
        "Number_InvestmentAdvisoryClients",
        "How many advisory clients the whole firm has.",
    ),
    (
        "KnownNonAdvisor",
        "The vendor knows that the person is not an advisor. Such leads are not on the call list.",
    ),
    (
        "Number_YearsPriorFirm1",
        "How long the advisor stayed at the last firm before this one.",
    ),
    (
        "Number_YearsPriorFirm2",
        "How long the advisor stayed at the second last firm before this one.",
    ),
    (
        "Number_YearsPriorFirm3",
        "How long the advisor stayed at the third last firm before this one.",
    ),
    (
        "Number_YearsPriorFirm4",
        "How long the advisor stayed at the fourth last firm before this one.",
    ),
    (
        "MilesToWork",
        "How far the advisor lives from the branch, in miles.",
    ),
    ("Number_IAReps", "How many advisors the firm has."),
    (
        "NumberClients_HNWIndividuals",
        "How many wealthy clients the whole firm has. The vendor writes \"fewer than 5\" for a few.",
    ),
    (
        "NumberClients_Individuals",
        "How many private clients who are not wealthy the whole firm has. The vendor writes \"fewer than 5\" for a few.",
    ),
    (
        "AssetsInMillions_HNWIndividuals",
        "How much of the firm's money belongs to wealthy clients.",
    ),
    (
        "AssetsInMillions_Individuals",
        "How much of the firm's money belongs to private clients.",
    ),
    (
        "AssetsInMillions_MutualFunds",
        "How much of the firm's money is in mutual funds.",
    ),
    (
        "AssetsInMillions_PrivateFunds",
        "How much of the firm's money is in private funds.",
    ),
    (
        "AUMGrowthRate_5Year",
        "How much the firm's assets grew or shrank in five years. 100 % means that they doubled.",
    ),
    (
        "AUMGrowthRate_1Year",
        "How much the firm's assets grew or shrank in the last year.",
    ),
    (
        "AverageAccountSize",
        "How large an average account at the firm is, in dollars.",
    ),
    (
        "PercentClients_Individuals",
        "How many of 100 clients of the firm are private people, not institutions.",
    ),
    (
        "Percent_ClientsUS",
        "How many of 100 clients of the firm live in the US.",
    ),
    (
        "IsDuallyRegistered",
        "Whether the advisor is registered with a broker-dealer and an advisory firm at once.",
    ),
    (
        "IsIndependent",
        "Whether the firm belongs to its own people, not to a larger company.",
    ),
    (
        "AverageTenureAtPriorFirms",
        "How long the advisor usually stayed at earlier firms. Short stays mean somebody who moves.",
    ),
    (
        "NumberOfPriorFirms",
        "At how many firms the advisor was before; the vendor knows four at most.",
    ),
    (
        "Home_MetropolitanArea_Chicago_Naperville_Elgin_IL_IN",
        "The advisor lives in or around Chicago.",
    ),
    (
        "Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX",
        "The advisor lives in or around Dallas.",
    ),
    (
        "Home_MetropolitanArea_Los_Angeles_Long_Beach_Anaheim_CA",
        "The advisor lives in or around Los Angeles.",
    ),
    (
        "Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL",
        "The advisor lives in or around Miami.",
    ),
    (
        "Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ",
        "The advisor lives in or around New York.",
    ),
    (
        "AUM_per_Client",
        "How much money an average client has with the firm: how wealthy its clients are.",
    ),
    (
        "AUM_per_Employee",
        "How much money the firm manages for each person on its staff.",
    ),
    (
        "AUM_per_IARep",
        "How much money the firm manages for each of its advisors.",
    ),
    (
        "Growth_Momentum",
        "Whether last year's growth of the firm goes the way of the last five years.",
    ),
    (
        "Growth_Acceleration",
        "Whether the firm grew faster last year than in an average year of the last five.",
    ),
    (
        "Firm_Stability_Score",
        "Years at the firm, shared over all firms of the career: low for people who move often or have just moved.",
    ),
    (
        "Experience_Efficiency",
        "The firm's assets for each year that the advisor has been in the business.",
    ),
    (
        "HNW_Client_Ratio",
        "How many wealthy clients the firm has for each other private client.",
    ),
    (
        "HNW_Asset_Concentration",
        "Which share of the firm's money belongs to wealthy clients.",
    ),
    (
        "Individual_Asset_Ratio",
        "Which share of the firm's money belongs to private clients.",
    ),
    (
        "Alternative_Investment_Focus",
        "Which share of the firm's money is in mutual and private funds.",
    ),
    ("Is_Large_Firm", "The firm has more than 100 employees."),
    (
        "Is_Boutique_Firm",
        "A small firm (20 people at most) with large accounts.",
    ),
    (
        "Has_Scale",
        "The firm manages more than $500M or has more than 100 clients.",
    ),
    (
        "Is_New_To_Firm",
        "The advisor came to the firm less than two years ago.",
    ),
    (
        "Is_Veteran_Advisor",
        "The advisor has been in the business for more than ten years.",
    ),
    (
        "High_Turnover_Flag",
        "Four or more earlier firms with short stays: somebody who moves often.",
    ),
    (
        "Premium_Positioning",
        "The firm serves few private people, with large accounts.",
    ),
    (
        "Mass_Market_Focus",
        "The firm serves mostly private people, with small accounts.",
    ),
    (
        "Clients_per_Employee",
        "How many clients each person on the firm's staff looks after.",
    ),
    (
        "Branch_Advisor_Density",
        "Which share of the firm's people are advisors of this branch.",
    ),
    (
        "Clients_per_IARep",
        "How many clients each advisor of the firm looks after.",
    ),
    (
        "Remote_Work_Indicator",
        "The advisor lives more than 50 miles from the branch, so probably works from home.",
    ),
    (
        "Local_Advisor",
        "The advisor lives within ten miles of the branch.",
    ),
    (
        "Multi_RIA_Relationships",
        "The advisor is registered with more than one advisory firm.",
    ),
    (
        "Complex_Registration",
        "The advisor is registered with more than two firms, or more than one advisory firm.",
    ),
    (
        "Primarily_US_Clients",
        "More than nine in ten of the firm's clients live in the US.",
    ),
    (
        "International_Presence",
        "More than two in ten of the firm's clients live abroad.",
    ),
    (
        "Quality_Score",
        "The brief's own mark for an advisor, from experience, size of the firm, stability and wealth of clients.",
    ),
    (
        "Positive_Growth_Trajectory",
        "The firm's assets grew in the last year and over five years.",
    ),
    (
        "Accelerating_Growth",
        "The firm's last year was better than its average year of the last five.",
    ),
    (
        "Day_of_Contact",
        "On which weekday the lead was first contacted. It is your choice, so it does not enter the score.",
    ),
    (
        "Is_Weekend_Contact",
        "Whether the lead was first contacted on a weekend. It is your choice, so it does not enter the score.",
    ),
];
