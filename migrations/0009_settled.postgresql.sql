-- Leads that are not available, by what became of them: each plan counts them, to say why they were not taken.
CREATE INDEX lead_settled ON lead (state, id) WHERE state <> 'available';
