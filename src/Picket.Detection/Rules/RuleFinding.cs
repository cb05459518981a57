namespace Picket.Detection.Rules;

/// <summary>What is to be said of a place in a file of rules: why something was not taken, or what its author may not have meant.</summary>
/// <param name="File">Its path as it was given.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
/// <param name="Reason">What, and what to write instead.</param>
public sealed record RuleFinding(string File, int Line, int Column, string Reason)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Reason}";
}
