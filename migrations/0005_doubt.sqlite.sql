-- Uploads whose requests got no clear answer.

-- Whether an earlier request that carried this lead may still be committed by the CRM. It may be sent again where the CRM
-- refuses a second row, but it is not given back to the catalog. 0: no; 1: yes; 2: yes, and another one is under way.
ALTER TABLE batch_lead ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0 CHECK (doubt IN (0, 1, 2));

-- absent_at on a clock that never jumps, valid during one boot of the machine; NULL: unknown.
ALTER TABLE batch_lead ADD COLUMN absent_boot_id TEXT;
ALTER TABLE batch_lead ADD COLUMN absent_boot_milliseconds INTEGER;

-- Requests with this lead alone that the CRM rolled back.
ALTER TABLE batch_lead ADD COLUMN lone_rollbacks INTEGER NOT NULL DEFAULT 0 CHECK (lone_rollbacks >= 0);
