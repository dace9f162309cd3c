-- Stand-ins for tables that TOQ's backend owns, for local databases only: just what the foreign keys need, some rows to
-- point at, and the backend's account. Never run this against a shared server.
CREATE TABLE IF NOT EXISTS users (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  full_name VARCHAR(150) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
CREATE TABLE IF NOT EXISTS listing_identities (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  listing_uuid CHAR(36) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
INSERT IGNORE INTO users (id, full_name)
  WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 100)
  SELECT n, CONCAT('Photographer ', n) FROM numbers;
INSERT IGNORE INTO listing_identities (id, listing_uuid)
  WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
  SELECT n, LOWER(CONCAT('00000000-0000-4000-8000-', LPAD(HEX(n), 12, '0'))) FROM numbers;
CREATE USER IF NOT EXISTS 'toq_app'@'%' IDENTIFIED BY 'toq_app';
