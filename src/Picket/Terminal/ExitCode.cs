namespace Picket.Terminal;

/// <summary>What a command ends with.</summary>
public static class ExitCode
{
    public const int Done = 0;

    /// <summary>It could not be done; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>It was called wrongly, or a setting is wrong.</summary>
    public const int Usage = 2;

    /// <summary>It was done in part: some items were refused.</summary>
    public const int Partly = 3;
}
