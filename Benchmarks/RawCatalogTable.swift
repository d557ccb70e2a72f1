import Database

/// Leads of nobody, written into a catalog without reading a file.
enum RawCatalogTable {
  /// One lead for each number, over two sources, forty scores, and seven states.
  static func fill(_ numbers: Range<Int>, in transaction: Transaction) throws {
    try transaction.run(
      """
      WITH RECURSIVE n (i) AS (SELECT CAST($1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2)
      INSERT INTO lead (key, source_id, line, class, score, body, state, generation, changed_at, region)
      SELECT 'npi:' || (1000000000 + (i * 7919) % 999999937), 1 + i % 2, i,
        CASE WHEN i % 40 >= 30 THEN 'A+' WHEN i % 40 >= 15 THEN 'A' ELSE 'B' END, 60 + i % 40,
        '{"practice_name":"Invented Practice ' || i || '","state":"CT"}', 'available', 1, 0,
        substr('CTNYMATXFLCAWA', 1 + 2 * (i % 7), 2)
      FROM n
      """, [.int(numbers.lowerBound), .int(numbers.upperBound)])
  }
}
