using System.CommandLine;
using Picket.Detection.Rules;
using Picket.Terminal;

namespace Picket.Commands.Rules;

/// <summary><c>picket rules</c>: what is done with rules without a server.</summary>
internal static class RulesCommand
{
    public static Command Command() => new("rules", "Rules in files: see what is wrong with them, and run them over recorded events.") { RulesCheck.Command(), RulesRun.Command() };

    /// <exception cref="CommandException">A path cannot be read.</exception>
    public static RuleFiles Read(IEnumerable<string> paths)
    {
        try
        {
            return RuleFiles.Read(paths);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, error.Message);
        }
    }
}
