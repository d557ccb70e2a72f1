/// Which cycle the task at hand works for, so that every line of the log that it leads to names it.
package enum CycleScope {
  /// Nil outside of a cycle.
  @TaskLocal package static var cycle: Int64?
}
