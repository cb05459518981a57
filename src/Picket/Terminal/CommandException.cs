namespace Picket.Terminal;

/// <summary>Ends a command with a sentence for people and an exit code.</summary>
public sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
