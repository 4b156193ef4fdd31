-- The as-of join: for each lead the newest vendor month that holds its adviser and
-- is not after the day at which the lead is looked at.
-- In:  targets (lead_id, adviser_id, target_date); LeadScoring.discovery_reps_current;
--      @hybrid: whether a lead without such a month gets the first one after that day,
--      of which only what does not change, or can be moved back, is used later on.
-- Out: lead_id, adviser_id, snapshot_as_of; only leads that match.
SELECT
    t.lead_id,
    t.adviser_id,
    IFNULL(
        MAX(IF(r.snapshot_as_of <= t.target_date, r.snapshot_as_of, NULL)),
        MIN(r.snapshot_as_of)
    ) AS snapshot_as_of
FROM targets t
JOIN LeadScoring.discovery_reps_current r
    ON r.RepCRD = t.adviser_id
    AND (@hybrid OR r.snapshot_as_of <= t.target_date)
GROUP BY t.lead_id, t.adviser_id
