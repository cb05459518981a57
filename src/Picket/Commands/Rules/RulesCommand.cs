using System.CommandLine;
using Picket.Detection.Pipelines;
using Picket.Detection.Rules;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules</c>: what is done with rules, in files and on a server.</summary>
internal static class RulesCommand
{
    public static Command Command() => new("rules", "Rules: check, test, explain and run them from files; list, import and sync them on a server.")
    {
        RulesList.Command(), RulesCheck.Command(), RulesTest.Command(), RulesExplain.Command(), RulesImport.Import(), RulesImport.Sync(), RulesCoverage.Command(), RulesRun.Command(), RulesBacktest.Command(),
    };

    public static Option<string[]> Pipelines() => new("--pipeline")
    {
        Description = "A file of transformations, as pySigma has them, that Sigma rules go through: other names of fields, added conditions",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <param name="paths">Files or folders.</param>
    /// <param name="pipelines">Files of what Sigma rules go through.</param>
    /// <exception cref="CommandException">A path cannot be read.</exception>
    public static RuleFiles Read(IEnumerable<string> paths, params string[] pipelines) =>
        OrRefuse(() => Pipeline.Apply(RuleFiles.Read(paths), [.. pipelines.Select(file => Pipeline.Read(file, File.ReadAllText(file)))]));

    /// <summary>The files of rules that paths name.</summary>
    /// <exception cref="CommandException">A path cannot be read.</exception>
    public static IReadOnlyList<string> FilesOf(IEnumerable<string> paths) => OrRefuse(() => RuleFiles.FilesOf(paths).ToArray());

    /// <summary>Names what was refused on standard error; the exit code that this means.</summary>
    public static int Tell(IReadOnlyCollection<RuleFinding> refused)
    {
        foreach (var finding in refused)
        {
            Console.Error.WriteLine(finding);
        }
        return refused.Count > 0 ? ExitCode.Partly : ExitCode.Done;
    }

    private static T OrRefuse<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandException(ExitCode.Usage, error.Message);
        }
    }
}
