using System.Buffers;
using System.CommandLine;
using System.Text.Json;
using Picket.Detection.Matching;
using Picket.Offline;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules run</c>: rules over recorded events, without a server.</summary>
internal static class RulesRun
{
    public static Command Command()
    {
        var files = new Argument<string[]>("files") { Description = "JSON lines, an object or several, an array, or {\"Records\":[…]}; plain, .gz or .zip", Arity = ArgumentArity.OneOrMore };
        var folders = new Option<string[]>("--rules") { Description = "Files, or folders with .yml and .yaml files", Required = true, AllowMultipleArgumentsPerToken = false };
        var format = new Option<string>("--format") { Description = "json: an object a hit; ids: the file, a tab, and the rule's id; alerts: an object an alert, windows over all files together", DefaultValueFactory = _ => "json" };
        format.AcceptOnlyFromAmong("json", "ids", "alerts");
        var without4688 = new Option<bool>("--without-4688") { Description = "Do not take Windows Security 4688 for the creation of a process" };
        var pipelines = RulesCommand.Pipelines();
        var command = new Command(
            "run",
            "Run rules over recorded events.\n\nExit status: 0 all ran; 3 a rule was refused, or a file could not be read whole; 2 called wrongly.\n\nExamples:\n  picket rules run --rules sigma/rules events.jsonl\n  picket rules run --rules sigma/rules --rules mine.yml --format ids recorded/*.zip\n  picket rules run --rules rules --format alerts auth.jsonl")
        {
            files, folders, pipelines, format, without4688,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var read = RulesCommand.Read(parsed.GetValue(folders)!, parsed.GetValue(pipelines)!).Resolved(mayBeElsewhere: false);
            var isPart = read.Refused.Count > 0;
            void Refuse(string what)
            {
                isPart = true;
                Console.Error.WriteLine(what);
            }
            foreach (var refused in read.Refused)
            {
                Refuse(refused.ToString());
            }
            using var output = Console.OpenStandardOutput();
            using var into = new BufferedStream(output);
            var set = new RuleSet(read.Rules, !parsed.GetValue(without4688));
            var rules = new RuleMatcher(set, TimeProvider.System, setAside: (rule, why) => Refuse($"The rule {rule.Title} ({rule.Id}) is not run any more: {why}"));
            var alerts = parsed.GetValue(format) == "alerts" ? new RecordedAlerts(set, rules) : null;
            foreach (var file in parsed.GetValue(files)!)
            {
                try
                {
                    using var entries = new EventEntries(Refuse);
                    foreach (var part in entries.Read(file))
                    {
                        using (part.Batch)
                        {
                            if (alerts is not null)
                            {
                                await alerts.LookAsync(file, part, cancellation);
                                continue;
                            }
                            Write(into, rules, file, part, parsed.GetValue(format) == "ids");
                        }
                    }
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
                {
                    Refuse($"{file}: {error.Message}");
                }
            }
            if (alerts is not null)
            {
                await alerts.WriteAsync(into, cancellation);
            }
            return isPart ? ExitCode.Partly : ExitCode.Done;
        });
        return command;
    }

    private static void Write(Stream into, RuleMatcher rules, string file, EventEntries.Part part, bool isIds)
    {
        var found = new List<RuleMatch>();
        rules.Match(part.Batch, found);
        var buffer = new ArrayBufferWriter<byte>();
        foreach (var (rule, _, row) in found)
        {
            if (isIds)
            {
                into.Write(System.Text.Encoding.UTF8.GetBytes($"{file}\t{rule.Id}\n"));
                continue;
            }
            buffer.ResetWrittenCount();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("file", file);
                if (part.Entry is not null)
                {
                    json.WriteString("entry", part.Entry);
                }
                json.WriteNumber("line", part.Lines[row]);
                json.WriteString("rule_id", rule.Id);
                json.WriteString("title", rule.Title);
                json.WriteString("level", rule.Level.ToString().ToLowerInvariant());
                json.WriteEndObject();
            }
            into.Write(buffer.WrittenSpan);
            into.WriteByte((byte)'\n');
        }
    }
}
