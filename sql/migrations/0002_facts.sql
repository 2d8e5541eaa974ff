-- The facts' tables are made from their declarations, whose fingerprint is
-- 0000000000000000
SELECT 1;
