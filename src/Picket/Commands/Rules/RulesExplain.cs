using System.CommandLine;
using System.Text;
using Picket.Detection.Explaining;
using Picket.Detection.Rules;
using Picket.Events.Parsing;
using Picket.Terminal;
using Spectre.Console;
using Rule = Picket.Detection.Rules.Rule;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules explain</c>: term by term why a rule matches an event or not.</summary>
internal static class RulesExplain
{
    public static Command Command()
    {
        var rule = new Argument<string>("rule") { Description = "A file, or the id of a rule in --rules or the built-in pack" };
        var given = new Argument<string>("event") { Description = "The event as JSON, a file with one, or - for standard input" };
        var folders = new Option<string[]>("--rules") { Description = "Files or folders where the id is looked for", AllowMultipleArgumentsPerToken = false };
        var pipelines = RulesCommand.Pipelines();
        var command = new Command(
            "explain",
            "Show why a rule matches an event or not, term by term.\n\nExit status: 0 it matches; 1 it does not.\n\nExamples:\n  picket rules explain root_login_ssh '{\"app\":\"sshd\",\"message\":\"Accepted password for root from 10.0.0.1\"}'\n  picket rules explain my-rule.yml event.json")
        {
            rule, given, folders, pipelines,
        };
        command.SetAction(parsed =>
        {
            var wanted = Find(parsed.GetValue(rule)!, parsed.GetValue(folders) ?? [], parsed.GetValue(pipelines)!);
            using var parser = new EventParser();
            if (!parser.TryParse(Encoding.UTF8.GetBytes(Text(parsed.GetValue(given)!)), 0))
            {
                throw new CommandException(ExitCode.Usage, $"The event cannot be read: {parser.Errors[^1].Reason}");
            }
            using var batch = parser.Into.Seal();
            var reason = Reason.Of(wanted, batch[0]);
            Write(reason, 0);
            return reason.Holds ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static Rule Find(string rule, string[] folders, string[] pipelines)
    {
        var read = File.Exists(rule) ? RulesCommand.Read([rule], pipelines) : folders.Length > 0 ? RulesCommand.Read(folders, pipelines) : BuiltInPack.Rules;
        if (File.Exists(rule))
        {
            return read switch
            {
                { Rules: [var one] } => one,
                { Refused: [var refused, ..] } => throw new CommandException(ExitCode.Usage, refused.ToString()),
                _ => throw new CommandException(ExitCode.Usage, $"{rule} holds {read.Rules.Count} rules. Name one by its id: picket rules explain ID EVENT --rules {rule}"),
            };
        }
        return read.Rules.FirstOrDefault(one => one.Id == rule || one.Name == rule)
            ?? throw new CommandException(ExitCode.Usage, $"There is no file {rule}, and no rule with this id {(folders.Length > 0 ? $"in {string.Join(", ", folders)}" : "in the built-in pack; name folders with --rules")}.");
    }

    private static string Text(string given) => given == "-" ? Console.In.ReadToEnd() : given.TrimStart().StartsWith('{') ? given
        : File.Exists(given) ? File.ReadAllText(given) : throw new CommandException(ExitCode.Usage, $"{given} is neither a JSON object nor a file");

    private static void Write(Reason reason, int depth)
    {
        var line = $"{new string(' ', depth * 2)}{(reason.Holds ? "yes" : "no ")} {reason.Text}{(reason.Found is null ? "" : $"   [{reason.Found}]")}";
        if (Console.IsOutputRedirected)
        {
            Console.Out.WriteLine(line);
        }
        else
        {
            AnsiConsole.MarkupLine($"[{(reason.Holds ? "green" : "grey")}]{Markup.Escape(line)}[/]");
        }
        foreach (var part in reason.Parts)
        {
            Write(part, depth + 1);
        }
    }
}
