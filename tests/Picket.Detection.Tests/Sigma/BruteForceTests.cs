using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Picket.Detection.Alerts;
using Picket.Detection.Matching;
using Picket.Detection.Rules;
using Picket.Events;
using Picket.Events.Batches;
using Picket.Events.Parsing;

namespace Picket.Detection.Tests.Sigma;

/// <summary>A day's auth.log of a bastion, as sshd writes it: people who mistype, a worm that asks each hour, and one that guesses a hundred passwords until one is right.</summary>
public sealed partial class BruteForceTests
{
    private const string Rules = """
        title: A password was wrong
        name: ssh_failed
        id: 22222222-0000-4000-8000-000000000001
        logsource: {product: linux, service: sshd}
        detection: {words: {message|startswith: [Failed password for, Invalid user]}, condition: words}
        ---
        title: A login
        name: ssh_accepted
        id: 22222222-0000-4000-8000-000000000002
        logsource: {product: linux, service: sshd}
        detection: {words: {message|startswith: Accepted}, condition: words}
        ---
        title: SSH brute force
        id: ssh_brute_force
        name: ssh_brute_force
        level: high
        correlation: {type: event_count, rules: [ssh_failed], group-by: [src_ip], timespan: 5m, condition: {gte: 20}}
        ---
        title: SSH user enumeration
        id: ssh_users
        level: medium
        correlation: {type: value_count, rules: [ssh_failed], group-by: [src_ip], timespan: 5m, condition: {field: user_id, gte: 10}}
        ---
        title: SSH brute force that succeeded
        id: ssh_brute_force_succeeded
        level: critical
        correlation: {type: temporal_ordered, rules: [ssh_brute_force, ssh_accepted], group-by: [src_ip], timespan: 10m}
        """;

    [Fact]
    public async Task A_brute_force_is_found_in_an_auth_log_and_nobody_else_is_accused()
    {
        var log = AuthLog();
        Assert.Equal(100 + 1 + 48 + 9, log.Split('\n').Length);
        var alerts = await AlertsAsync(log);
        Assert.Equal(
        [
            ("ssh_brute_force_succeeded:203.0.113.7", 2L, "2026-01-20T06:30:57Z", "2026-01-20T06:35:00Z"),
            ("ssh_users:203.0.113.7", 100L, "2026-01-20T06:30:00Z", "2026-01-20T06:34:57Z"),
        ], alerts.Select(alert => (alert.Fingerprint, alert.Count, Instant.Format(alert.FirstSeen), Instant.Format(alert.LastSeen))).Order());
    }

    [Fact]
    public async Task Alone_the_brute_force_is_an_alert_of_its_own_whatever_order_the_lines_come_in()
    {
        var rules = RuleFiles.Read([("ssh.yml", Rules)]).Rules.Where(rule => rule.Name is "ssh_failed" or "ssh_brute_force").ToArray();
        var lines = AuthLog().Split('\n');
        new Random(7).Shuffle(lines);
        foreach (var log in new[] { AuthLog(), string.Join('\n', lines) })
        {
            var alert = Assert.Single(await AlertsAsync(log, rules));
            Assert.Equal(("ssh_brute_force:203.0.113.7", 100, "2026-01-20T06:30:00Z", "2026-01-20T06:34:57Z"), (alert.Fingerprint, (int)alert.Count, Instant.Format(alert.FirstSeen), Instant.Format(alert.LastSeen)));
        }
    }

    private static string AuthLog()
    {
        var lines = new List<(TimeSpan At, string Text)>();
        string[] users = ["root", "admin", "oracle", "test", "git", "ubuntu", "postgres", "deploy", "ftp", "www", "pi", "nagios"];
        for (var i = 0; i < 100; i++)
        {
            var user = users[i % users.Length];
            lines.Add((new TimeSpan(6, 30, i * 3), i % 4 == 0 ? $"Invalid user {user} from 203.0.113.7 port {40_000 + i}" : $"Failed password for {user} from 203.0.113.7 port {40_000 + i} ssh2"));
        }
        lines.Add((new TimeSpan(6, 35, 0), "Accepted password for deploy from 203.0.113.7 port 40100 ssh2"));
        for (var i = 0; i < 48; i++)
        {
            lines.Add((TimeSpan.FromMinutes(i * 30), $"Failed password for root from 198.51.100.9 port {50_000 + i} ssh2"));
        }
        for (var i = 0; i < 3; i++)
        {
            lines.Add((new TimeSpan(9, 0, i * 5), "Failed password for ann from 192.0.2.4 port 51000 ssh2"));
            lines.Add((new TimeSpan(9, 1, i * 5), "pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)"));
            lines.Add((new TimeSpan(9, 2, i * 5), "Accepted publickey for ann from 192.0.2.4 port 51001 ssh2: ED25519 SHA256:kQ"));
        }
        return string.Join('\n', lines.OrderBy(line => line.At).Select((line, i) => string.Create(CultureInfo.InvariantCulture, $"Jan 20 {line.At:hh\\:mm\\:ss} bastion sshd[{1_000 + i}]: {line.Text}")));
    }

    private static Task<IReadOnlyCollection<AlertChange>> AlertsAsync(string log) => AlertsAsync(log, RuleFiles.Read([("ssh.yml", Rules)]).Rules);

    private static async Task<IReadOnlyCollection<AlertChange>> AlertsAsync(string log, IReadOnlyList<Rule> rules)
    {
        var (set, book) = (new RuleSet(rules), new AlertBook());
        var detector = new Detector(book, isRecorded: true);
        detector.Use(set, new RuleMatcher(set, TimeProvider.System), TimeProvider.System);
        using var parser = new EventParser(new ParseLimits { ClockAhead = Instant.Max });
        foreach (var line in log.Split('\n'))
        {
            Assert.True(parser.TryParse(Encoding.UTF8.GetBytes(Shipped(line)), 0));
        }
        using var batch = parser.Into.Seal();
        ((PackedBatch)batch.Source).AssignSeqs(1);
        await detector.LookAsync(batch, 1, default);
        await detector.EndAsync(default);
        return book.Changes;
    }

    // What a shipper makes of a line.
    private static string Shipped(string line)
    {
        var parts = Line().Match(line);
        Assert.True(parts.Success, line);
        var (message, from) = (parts.Groups["message"].Value, From().Match(parts.Groups["message"].Value));
        return $"{{\"ts\":\"2026-01-20T{parts.Groups["time"].Value}Z\",\"host\":\"{parts.Groups["host"].Value}\",\"app\":\"sshd\",\"message\":\"{message}\"{(from.Success ? $",\"user_id\":\"{from.Groups["user"].Value}\",\"src_ip\":\"{from.Groups["ip"].Value}\"" : "")}}}";
    }

    [GeneratedRegex(@"^Jan 20 (?<time>[\d:]+) (?<host>\w+) sshd\[\d+\]: (?<message>.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"(for|user) (?<user>\w+) from (?<ip>[\d.]+)")]
    private static partial Regex From();
}
