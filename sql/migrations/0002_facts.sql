-- The facts' tables are made from their declarations, whose fingerprint is
-- 04afb55010d5f572
SELECT 1;
