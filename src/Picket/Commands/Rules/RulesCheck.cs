using System.CommandLine;
using Picket.Detection.Linting;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules check</c>: reads rules, and says of each that cannot be taken where and why.</summary>
internal static class RulesCheck
{
    public static Command Command()
    {
        var paths = new Argument<string[]>("paths") { Description = "Files, or folders with .yml and .yaml files", Arity = ArgumentArity.OneOrMore };
        var pipelines = RulesCommand.Pipelines();
        var command = new Command("check", "Read rules and say what is wrong with them, and what may not be meant: by file, line and column.\n\nExit status: 0 all can be run, warnings or not; 3 some cannot.\n\nExamples:\n  picket rules check my-rule.yml\n  picket rules check sigma/rules") { paths, pipelines };
        command.SetAction(parsed =>
        {
            var read = RulesCommand.Read(parsed.GetValue(paths)!, parsed.GetValue(pipelines)!).Resolved(mayBeElsewhere: true);
            foreach (var refused in read.Refused)
            {
                Console.Out.WriteLine(refused);
            }
            foreach (var warning in read.Warnings.Concat(RuleLint.Check(read.Documents)))
            {
                Console.Out.WriteLine($"{warning} (a warning)");
            }
            Console.Error.WriteLine($"Rules that can be run: {read.Rules.Count:N0}; refused: {read.Refused.Count:N0}");
            return read.Refused.Count > 0 ? ExitCode.Partly : ExitCode.Done;
        });
        return command;
    }
}
