import Testing

@Suite("The login at the CRM")
struct LoginTests {
  private func once(_ change: (Site) -> Void) async throws -> (ended: Site.Ended, posts: Int, said: String) {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      change(site)
      let ended = try await site.once()
      #expect(try site.number("SELECT count(*) FROM batch_lead WHERE state IN ('pending', 'unresolved')") == 0)
      #expect(try crm.uploadedCount == 0)
      return (ended, try await crm.statistics().bulk_requests, site.everythingSaid)
    }
  }

  @Test("D12: a wrong password: Authentication failed, exit code 69, nothing uploaded, the password in no text")
  func wrongPassword() async throws {
    let (ended, posts, said) = try await once { $0.set("LEAD_CRM_PASSWORD", "wr0ng-Passw0rd") }
    #expect(ended.last.hasPrefix("Authentication failed"))
    #expect(ended.status == 69)
    #expect(posts == 0)
    #expect(!said.contains("wr0ng-Passw0rd"))
  }

  @Test("D12: without credentials the message names the variables, exit code 69")
  func noCredentials() async throws {
    let (ended, posts, _) = try await once {
      $0.set("LEAD_CRM_USERNAME", nil)
      $0.set("LEAD_CRM_PASSWORD", nil)
    }
    #expect(ended.last.hasPrefix("Authentication failed"))
    #expect(ended.last.contains("LEAD_CRM_USERNAME"))
    #expect(ended.last.contains("LEAD_CRM_PASSWORD"))
    #expect(ended.status == 69)
    #expect(posts == 0)
  }

  @Test("D12: an inactive account: Authentication failed, exit code 69")
  func inactive() async throws {
    let (ended, posts, _) = try await once {
      $0.set("LEAD_CRM_USERNAME", "inactive")
      $0.set("LEAD_CRM_PASSWORD", "inactive123")
    }
    #expect(ended.last.hasPrefix("Authentication failed"))
    #expect(ended.status == 69)
    #expect(posts == 0)
  }

  @Test("an agent may not upload: the message names the role, and no lead is in the CRM")
  func agent() async throws {
    let (ended, _, said) = try await once {
      $0.set("LEAD_CRM_USERNAME", "agent")
      $0.set("LEAD_CRM_PASSWORD", "agent123")
    }
    #expect(ended.status == 69)
    #expect(ended.last.contains("role agent"))
    #expect(!said.contains("agent123"))
  }

  @Test("a manager may upload, and the password may come from a file")
  func passwordFile() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      site.set("LEAD_CRM_USERNAME", "manager")
      site.set("LEAD_CRM_PASSWORD", nil)
      site.set("LEAD_CRM_PASSWORD_FILE", try site.write("manager123\n", to: "config/password"))
      let ended = try await site.once()
      #expect(ended.status == 0)
      #expect(try crm.uploadedCount == 10)
    }
  }

  @Test("D12: a token that expires between two requests costs one more login and nothing else")
  func expiredToken() async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--token-lifetime", "1", "--pace", "12"]) { site, crm in
      try site.configure(need: 40, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<40)), to: "config/leads.json")
      let ended = try await site.once()
      #expect(ended.last == "Automated upload complete: 40 leads uploaded, 0 duplicates, 0 errors")
      #expect(try await crm.statistics().logins >= 2)
      try site.requireBooksMatchCRM()
    }
  }
}
