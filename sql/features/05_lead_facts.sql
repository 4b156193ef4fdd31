-- Each lead with the vendor facts of its as-of month; a lead without one keeps its row.
-- In:  targets (lead_id, adviser_id, target_date), lead_months (03), found_facts (04 of
--      all months for the leads' advisers); @move_forward: whether tenures are moved on
--      from the vendor's month to the target date.
-- Out: lead_id, target_date, the columns of 04, elapsed_years (below 0 where the month is
--      later than the day); later: whether it is, matched_month: the month if it is not.
SELECT
    t.lead_id,
    t.adviser_id,
    t.target_date,
    IF(m.snapshot_as_of <= t.target_date, m.snapshot_as_of, NULL) AS matched_month,
    IFNULL(m.snapshot_as_of > t.target_date, FALSE) AS later,
    IF(@move_forward, IFNULL(DATE_DIFF(t.target_date, m.snapshot_as_of, DAY), 0) / 365.25, 0.0)
        AS elapsed_years,
    f.* EXCEPT (snapshot_as_of)
FROM targets t
LEFT JOIN lead_months m ON m.lead_id = t.lead_id
LEFT JOIN found_facts f ON f.RepCRD = m.adviser_id AND f.snapshot_as_of = m.snapshot_as_of
