using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Picket.Client;
using Picket.Terminal;
using Spectre.Console;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules backtest</c>: what a rule would have raised over the events that a server has.</summary>
internal static class RulesBacktest
{
    private const int LeastBar = 10;

    // How often it is asked how far it is.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static Command Command()
    {
        var (url, key) = (Options.Url(), Options.Key());
        var rule = new Argument<string>("rule") { Description = "The id of a rule of the server, or a file with one that is not saved; all active rules without", Arity = ArgumentArity.ZeroOrOne };
        var against = new Option<string?>("--against") { Description = "The id of the saved rule that the file's is to take the place of: tells what differs" };
        var from = new Option<string?>("--from") { Description = "Events from this time on (default: seven days before --to)" };
        var to = new Option<string?>("--to") { Description = "Events before this time (default: now)" };
        var apply = new Option<bool>("--apply") { Description = "Raise the alerts, where there are none yet; they get the tag retro" };
        var json = new Option<bool>("--json") { Description = "The whole answer as one JSON object" };
        var command = new Command(
            "backtest",
            "Try a rule over stored events: alerts a day, the entities that raise most, and what an exception for a value would hide.\n\nExamples:\n  picket rules backtest login_failed_spike --from 2026-01-13T00:00:00Z\n"
            + "  picket rules backtest changed.yml --against login_failed_spike\n  picket rules backtest login_failed_spike --apply")
        {
            rule, against, from, to, apply, json, url, key,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var client = new PicketClient(parsed.GetValue(url)!, Options.KeyOf(parsed, key));
            var (named, saved, draft) = (parsed.GetValue(rule), parsed.GetValue(against), (string?)null);
            if (named is not null && File.Exists(named))
            {
                if (parsed.GetValue(apply))
                {
                    throw new CommandException(ExitCode.Usage, $"--apply raises the alerts of a saved rule, by its id; {named} is a file. Give it to the server first: picket rules import {named}");
                }
                draft = await File.ReadAllTextAsync(named, cancellation);
            }
            else
            {
                // An id has neither dots nor slashes, so that this is meant to be a file.
                saved = saved is null && named?.AsSpan().IndexOfAny('.', '/') is not >= 0 ? named : throw new CommandException(ExitCode.Usage, $"There is no file {named}{(saved is null ? "" : "; --against is for a file with a rule that is not saved")}");
            }
            var path = saved is null ? "/v1/alerts/rules/backtest" : $"/v1/alerts/rules/{Uri.EscapeDataString(saved)}/backtest";
            var job = await client.PostJsonAsync(path, Body(parsed.GetValue(from), parsed.GetValue(to), draft, parsed.GetValue(apply)), cancellation);
            job = await WaitAsync(client, job, cancellation);
            if (job.GetProperty("state").GetString() != "done")
            {
                throw new CommandException(ExitCode.Failed, job.GetProperty("error").GetString() ?? "The backtest was cancelled.");
            }
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(job.GetRawText());
            }
            else
            {
                Show(job);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static byte[] Body(string? from, string? to, string? draft, bool apply)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("from", from);
            json.WriteString("to", to);
            json.WriteString("rule", draft);
            json.WriteBoolean("apply", apply);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static async Task<JsonElement> WaitAsync(PicketClient client, JsonElement job, CancellationToken cancellation)
    {
        var path = $"/v1/alerts/rules/backtest/{job.GetProperty("id").GetString()}";
        try
        {
            await ProgressLine.RunAsync("Looking at events", async line =>
            {
                line.Expect(1);
                var (progress, events) = (0.0, 0L);
                while (job.GetProperty("state").GetString() is "waiting" or "running")
                {
                    await Task.Delay(Pause, cancellation);
                    job = await client.GetAsync(path, cancellation);
                    line.Advance(job.GetProperty("progress").GetDouble() - progress, job.GetProperty("events").GetInt64() - events);
                    (progress, events) = (job.GetProperty("progress").GetDouble(), job.GetProperty("events").GetInt64());
                }
            });
            return job;
        }
        catch (OperationCanceledException)
        {
            // Whoever stops waiting wants no more of it.
            await client.DeleteAsync(path, CancellationToken.None);
            throw;
        }
    }

    private static void Show(JsonElement job)
    {
        var isBoth = job.TryGetProperty("difference", out var difference);
        foreach (var (name, title) in new[] { ("saved", isBoth ? "As it is saved" : ""), ("draft", isBoth ? "As it would be" : "") })
        {
            if (job.TryGetProperty(name, out var outcome))
            {
                Show(title, outcome);
            }
        }
        if (isBoth)
        {
            Console.Out.WriteLine(Invariant($"alerts more {Number(difference.GetProperty("added"), "alerts")}, fewer {Number(difference.GetProperty("gone"), "alerts")}, the same {Number(difference, "kept")}"));
            ShowAlerts("more", difference.GetProperty("added").GetProperty("top"));
            ShowAlerts("fewer", difference.GetProperty("gone").GetProperty("top"));
        }
        if (job.TryGetProperty("applied", out var applied))
        {
            Console.Out.WriteLine(Invariant($"alerts raised {Number(applied, "raised")}, already there {Number(applied, "known")}"));
        }
    }

    private static void Show(string title, JsonElement outcome)
    {
        if (title.Length > 0)
        {
            Console.Out.WriteLine(title);
        }
        Console.Out.WriteLine(Invariant($"alerts {Number(outcome, "alerts")}, of {Number(outcome, "events")} events; a day {outcome.GetProperty("alerts_a_day").GetDouble():N2}"));
        if (outcome.GetProperty("groups_without_room").GetInt64() is > 0 and var without)
        {
            Console.Error.WriteLine(Invariant($"There was no room for {without:N0} groups at once: alerts of theirs may be missing. Take less time."));
        }
        ShowDays(outcome.GetProperty("days"));
        if (outcome.GetProperty("rules").GetArrayLength() > 1)
        {
            Tables.Write(["rule", "alerts"], outcome.GetProperty("rules").EnumerateArray().Select(of => (string[])[of.GetProperty("rule_id").GetString()!, Number(of, "alerts")]));
        }
        ShowAlerts("fingerprint", outcome.GetProperty("top"));
        Tables.Write(["an exception for", "would hide alerts", "of events"], outcome.GetProperty("exceptions").EnumerateArray().Take(5).Select(of => (string[])
            [$"{of.GetProperty("field").GetString()}:{of.GetProperty("value").GetString()}", Number(of, "hides"), Number(of, "events")]));
    }

    private static void ShowDays(JsonElement days)
    {
        var most = Math.Max(1, days.EnumerateArray().Select(day => day.GetProperty("alerts").GetInt64()).DefaultIfEmpty().Max());
        var width = Math.Max(AnsiConsole.Profile.Width - 30, LeastBar);
        foreach (var day in days.EnumerateArray())
        {
            var (name, alerts) = (day.GetProperty("day").GetString(), day.GetProperty("alerts").GetInt64());
            if (Console.IsOutputRedirected)
            {
                Console.Out.WriteLine(Invariant($"{name}\t{alerts}"));
            }
            else
            {
                AnsiConsole.MarkupLine(Invariant($"[grey]{name}[/] {alerts,8:N0} [green]{new string('█', (int)(alerts == 0 ? 0 : Math.Max(1, alerts * width / most)))}[/]"));
            }
        }
    }

    private static void ShowAlerts(string title, JsonElement alerts)
    {
        if (alerts.GetArrayLength() > 0)
        {
            Tables.Write([title, "events", "first seen", "last seen"], alerts.EnumerateArray().Take(10).Select(alert => (string[])
                [alert.GetProperty("fingerprint").GetString()!, Number(alert, "count"), alert.GetProperty("first_seen").GetString()!, alert.GetProperty("last_seen").GetString()!]));
        }
    }

    private static string Number(JsonElement of, string name) => of.GetProperty(name).GetInt64().ToString(Console.IsOutputRedirected ? "D" : "N0", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
