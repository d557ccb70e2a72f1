import ArgumentParser
import Launch

/// A stand-in for the CRM, with its measured contract, on this machine.
///
/// Serving is a subcommand of its own because options of the root would swallow equal ones of `sample-leads`.
@main
struct DemoCRM: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo-crm",
    abstract: "A stand-in for the sales CRM: its HTTP contract, its tables, its traps, and faults on request.",
    discussion: """
      Without a subcommand it serves, on port 8006 unless --port says otherwise. All options of serving: `demo-crm help serve`.

      Users and passwords: admin/admin123, manager/manager123, agent/agent123, inactive/inactive123 (inactive may not \
      log in). DEMO_CRM_PASSWORD in the environment replaces the password of all. All leads are invented.

      Outside the CRM's contract: GET /demo/statistics counts requests, committed rows and faults; \
      POST /demo/close?count=40 closes unassigned leads, the best class last.

      Examples:
        demo-crm
        demo-crm --port 0 --fault drop@2
        demo-crm sample-leads --count 200 > leads.json
      """,
    subcommands: [ServeCommand.self, SampleLeadsCommand.self], defaultSubcommand: ServeCommand.self)

  static func main() async { await main(Launch.arguments) }
}
