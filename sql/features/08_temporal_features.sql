-- Weekday of the contact, and whether it is a weekend.
-- In:  {features} with the date column {date}.
-- Out: its columns, then Day_of_Contact (ISO: 1 = Monday ... 7 = Sunday) and
--      Is_Weekend_Contact. GoogleSQL counts from Sunday = 1.
WITH days AS (
    SELECT
        f.*,
        MOD(EXTRACT(DAYOFWEEK FROM f.{date}) + 5, 7) + 1 AS Day_of_Contact
    FROM {features} f
)
SELECT
    d.*,
    IF(Day_of_Contact >= 6, 1, 0) AS Is_Weekend_Contact
FROM days d
