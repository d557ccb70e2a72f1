-- Forecasts ask for the last accepted reading of each business day of some months.
CREATE INDEX stock_snapshot_taken ON stock_snapshot (began_at, id) WHERE verdict = 'accepted';
