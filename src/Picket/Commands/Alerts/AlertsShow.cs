using System.CommandLine;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands.Alerts;

/// <summary><c>picket alerts show</c>: one alert, and the events behind it.</summary>
internal static class AlertsShow
{
    public static Command Command()
    {
        var (url, key, id) = (Options.Url(), Options.Key(), AlertsCommand.Id());
        var output = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var command = new Command("show", "Show an alert and the first events behind it.\n\nExample: picket alerts show 019a5f3e-7c2a-7d41-9d6c-0f5f6f0a1b2c") { id, output, url, key };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var alert = await client.GetAsync($"/v1/alerts/{Uri.EscapeDataString(parsed.GetValue(id)!)}", cancellation);
            if (parsed.GetValue(output) == "json")
            {
                Console.Out.WriteLine(alert.GetRawText());
                return ExitCode.Done;
            }
            foreach (var member in alert.EnumerateObject().Where(member => member.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Array or JsonValueKind.Object)))
            {
                Console.Out.WriteLine($"{member.Name,-16} {member.Value}");
            }
            var (ids, events) = (alert.GetProperty("event_ids").GetArrayLength(), alert.GetProperty("events"));
            Console.Out.WriteLine();
            Console.Out.WriteLine($"{events.GetArrayLength():N0} of {alert.GetProperty("count").GetInt64():N0} events, of {ids:N0} the ids are known:");
            foreach (var one in events.EnumerateArray())
            {
                EventLine.Write(one);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
