-- A batch names its job for as long as there are books: retention passes upload jobs over.
UPDATE job SET is_permanent = 1 WHERE id IN (SELECT job_id FROM batch);
