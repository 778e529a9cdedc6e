-- What came some days and has ended, in the order it came (requirement C6): long ago costs what yesterday costs.
CREATE INDEX care_case_arrived ON care_case (provider_id, unit_id, arrived_at, case_id)
  WHERE phase IN ('follow_up', 'closed', 'cancelled');
