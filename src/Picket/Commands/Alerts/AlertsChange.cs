using System.CommandLine;
using Picket.Client;
using Picket.Terminal;

namespace Picket.Commands.Alerts;

/// <summary><c>picket alerts ack</c> and <c>close</c>: what somebody says of alerts.</summary>
internal static class AlertsChange
{
    public static Command Ack() => Change("ack", "Say that somebody has the alerts.\n\nExample: picket alerts ack 019a5f3e-7c2a-7d41-9d6c-0f5f6f0a1b2c", "acknowledged", []);

    public static Command Close()
    {
        var reason = new Option<string?>("--reason") { Description = "true_positive, false_positive, benign or duplicate" };
        var note = new Option<string?>("--note") { Description = "For people" };
        var snooze = new Option<string?>("--snooze-until") { Description = "Until when further events are counted and raise nothing, such as 2026-01-21T08:00:00Z" };
        return Change(
            "close", "Close alerts; further events raise further ones.\n\nExamples:\n  picket alerts close 019a5f3e-7c2a-7d41-9d6c-0f5f6f0a1b2c --reason false_positive --note 'a load test'\n  picket alerts list --rule noisy | cut -f1 | xargs picket alerts close --reason benign",
            "closed", [("reason", reason), ("note", note), ("snooze_until", snooze)]);
    }

    private static Command Change(string name, string description, string done, (string Member, Option<string?> Option)[] options)
    {
        var (url, key) = (Options.Url(), Options.Key());
        var ids = new Argument<string[]>("ids") { Description = "The alerts' ids, as picket alerts list shows them", Arity = ArgumentArity.OneOrMore };
        var command = new Command(name, description) { ids, url, key };
        foreach (var (_, option) in options)
        {
            command.Add(option);
        }
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var body = PicketClient.Body([.. options.Select(of => (of.Member, Value: parsed.GetValue(of.Option))).Where(of => of.Value is not null).Select(of => (of.Member, of.Value!))]);
            var code = ExitCode.Done;
            foreach (var id in parsed.GetValue(ids)!)
            {
                try
                {
                    var alert = await client.PostJsonAsync($"/v1/alerts/{Uri.EscapeDataString(id)}/{name}", body, cancellation);
                    Console.Out.WriteLine($"{alert.GetProperty("fingerprint").GetString()} is {done}");
                }
                catch (CommandException error) when (error.ExitCode == ExitCode.Failed)
                {
                    // The others are changed all the same.
                    await Console.Error.WriteLineAsync(error.Message);
                    code = ExitCode.Partly;
                }
            }
            return code;
        });
        return command;
    }
}
