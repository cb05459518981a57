namespace Picket.Server.Hosting;

/// <summary>Settings that cannot hold: all that is wrong with them, one line each.</summary>
public sealed class SettingsException(IReadOnlyList<string> findings) : Exception(string.Join(Environment.NewLine, findings))
{
    public IReadOnlyList<string> Findings { get; } = findings;
}
