using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands.Alerts;

/// <summary><c>picket alerts list</c>: the alerts that are not closed, the newest first.</summary>
internal static class AlertsList
{
    private const int PageAlerts = 500;

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var state = new Option<string>("--state") { Description = "open, acknowledged or closed; several with commas between them", DefaultValueFactory = _ => "open,acknowledged" };
        var severity = new Option<string?>("--severity") { Description = "Only these: info, low, medium, high or critical" };
        var rule = new Option<string?>("--rule") { Description = "Only those of a rule, by its id" };
        var limit = new Option<int>("--limit", "-n") { Description = "At most so many", DefaultValueFactory = _ => 50 };
        var command = new Command("list", "List alerts, the newest first: a table on a terminal, columns separated by tabs in a pipe.\n\nExamples:\n  picket alerts list\n  picket alerts list --state closed --rule login_failed_spike -n 10") { state, severity, rule, limit, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var (alerts, left, cursor) = (new List<JsonElement>(), parsed.GetValue(limit), "");
            while (left > 0 && cursor is not null)
            {
                var page = await client.GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"/v1/alerts?state={Uri.EscapeDataString(parsed.GetValue(state)!)}&severity={Uri.EscapeDataString(parsed.GetValue(severity) ?? "")}&rule={Uri.EscapeDataString(parsed.GetValue(rule) ?? "")}&limit={Math.Min(left, PageAlerts)}&cursor={cursor}"), cancellation);
                alerts.AddRange(page.GetProperty("alerts").EnumerateArray());
                left = parsed.GetValue(limit) - alerts.Count;
                cursor = page.GetProperty("next_cursor").GetString();
            }
            Tables.Write(["id", "last seen", "severity", "state", "count", "entity", "title"], alerts.Select(Row));
            if (left <= 0 && cursor is not null)
            {
                await Console.Error.WriteLineAsync("There are more; -n shows more of them.");
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static string[] Row(JsonElement alert) =>
    [
        Text(alert, "id"), Text(alert, "last_seen"), Text(alert, "severity"), Text(alert, "state"), alert.GetProperty("count").GetInt64().ToString(CultureInfo.InvariantCulture), Text(alert, "entity"), Text(alert, "title"),
    ];

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
