namespace Picket.Detection.Rules;

/// <summary>A rule, or a whole file, that was not taken.</summary>
/// <param name="File">Its path as it was given.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
/// <param name="Reason">Why, and what to write instead.</param>
public sealed record RefusedRule(string File, int Line, int Column, string Reason)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Reason}";
}
