namespace Picket.Server.Rules;

/// <summary>What windows had in memory.</summary>
/// <param name="Windows">Stands where it begins.</param>
/// <param name="Through">The last event that was looked at.</param>
public sealed record WindowSnapshot(FileStream Windows, ulong Through) : IDisposable
{
    public void Dispose() => Windows.Dispose();
}
