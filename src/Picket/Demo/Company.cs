using System.Globalization;
using System.Text;

namespace Picket.Demo;

/// <summary>
/// The events of a made-up small company: a shop with a handful of services, its people, and, if asked for, an attack hidden among them. The same
/// seed gives the same events.
/// </summary>
public sealed class Company(int seed)
{
    private static readonly string[] Apps = ["shop-web", "shop-api", "auth", "payments", "mailer"];
    private static readonly string[] Hosts = ["web-1", "web-2", "app-1", "app-2", "db-1"];
    private static readonly string[] Users = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
    private static readonly string[] Paths = ["/", "/cart", "/checkout", "/products/1042", "/products/77", "/api/orders", "/login", "/account"];

    /// <summary>Where the attack comes from.</summary>
    public const string AttackerAddress = "203.0.113.66";

    private readonly Random random = new(seed);

    /// <summary>Appends an ordinary event at a time, as a line of NDJSON.</summary>
    public void AppendOrdinary(StringBuilder into, DateTimeOffset at)
    {
        var user = Pick(Users);
        var address = $"198.51.100.{random.Next(1, 60)}";
        switch (random.Next(20))
        {
            // So seldom that it is the attack which stands out.
            case 0 when random.Next(30) == 0:
                Append(into, at, "auth", "warn", "login_failed", $"invalid password for user {user}", user, address);
                break;
            case 1 or 2:
                Append(into, at, "auth", "info", "login_ok", $"user {user} signed in", user, address);
                break;
            case 3:
                Append(into, at, "payments", "info", "payment_captured", $"captured {random.Next(5, 300)}.{random.Next(10, 99)} EUR for order {random.Next(10_000)}", user, address);
                break;
            case 4:
                Append(into, at, "mailer", random.Next(5) == 0 ? "error" : "info", "mail_sent", $"order confirmation {random.Next(10_000)} handed to the relay", user, address);
                break;
            case 5 when random.Next(6) == 0:
                Append(into, at, "shop-api", "error", "unhandled_exception", $"TimeoutException at OrderService.Place line {random.Next(400)}", user, address);
                break;
            default:
                AppendRequest(into, at, user, address);
                break;
        }
    }

    /// <summary>Appends the next step of the attack: guessed passwords, one that fits, a new administrator, everything exported.</summary>
    public static void AppendAttack(StringBuilder into, DateTimeOffset at, int step)
    {
        switch (step)
        {
            case < 40:
                var user = Users[step % Users.Length];
                Append(into, at, "auth", "warn", "login_failed", $"invalid password for user {user}", user, AttackerAddress);
                break;
            case 40:
                Append(into, at, "auth", "info", "login_ok", "user carol signed in", "carol", AttackerAddress);
                break;
            case 41:
                Append(into, at, "auth", "warn", "permission_granted", "carol made svc-backup an administrator", "carol", AttackerAddress);
                break;
            default:
                Append(into, at, "payments", "warn", "audit_transactions_exported", "svc-backup exported 48211 transactions", "svc-backup", AttackerAddress);
                break;
        }
    }

    private void AppendRequest(StringBuilder into, DateTimeOffset at, string user, string address)
    {
        var status = random.Next(400) switch { 0 => 500, < 30 => 404, < 40 => 302, _ => 200 };
        var path = Pick(Paths);
        var latency = Math.Round(Math.Exp(random.NextDouble() * 5), 1);
        into.Append(CultureInfo.InvariantCulture, $$"""
            {"ts":"{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}}","app":"{{Pick(Apps)}}","host":"{{Pick(Hosts)}}","level":"{{(status == 500 ? "error" : "info")}}","event_type":"http_request","message":"GET {{path}} {{status}}","user_id":"{{user}}","src_ip":"{{address}}","http_method":"GET","http_path":"{{path}}","http_status":{{status}},"latency_ms":{{latency}}}
            """).Append('\n');
    }

    private static void Append(StringBuilder into, DateTimeOffset at, string app, string level, string type, string message, string user, string address) =>
        into.Append(CultureInfo.InvariantCulture, $$"""
            {"ts":"{{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}}","app":"{{app}}","host":"app-1","level":"{{level}}","event_type":"{{type}}","message":"{{message}}","user_id":"{{user}}","src_ip":"{{address}}"}
            """).Append('\n');

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
