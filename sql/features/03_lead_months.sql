-- The as-of join: for each lead the newest vendor month that holds its adviser and
-- is not after the day at which the lead is looked at.
-- In:  targets (lead_id, adviser_id, target_date); LeadScoring.discovery_reps_current.
-- Out: lead_id, adviser_id, snapshot_as_of; only leads that match.
SELECT
    t.lead_id,
    t.adviser_id,
    MAX(r.snapshot_as_of) AS snapshot_as_of
FROM targets t
JOIN LeadScoring.discovery_reps_current r
    ON r.RepCRD = t.adviser_id
    AND r.snapshot_as_of <= t.target_date
GROUP BY t.lead_id, t.adviser_id
