-- Dials to enrolled leads, from the day after enrolment to the end of the horizon.
SELECT
    e.lead_id,
    DATE(t.CreatedDate) AS day,
    t.CallDurationInSeconds AS seconds
FROM experiment_leads e
JOIN SavvyGTMData.Task t ON t.WhoId = e.lead_id
WHERE (t.Type = 'Call' OR t.TaskSubtype = 'Call')
    AND DATE(t.CreatedDate) > e.enrolled_on
    AND DATE(t.CreatedDate) <= e.counts_until
ORDER BY t.CreatedDate, t.Id
