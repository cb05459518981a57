using Picket.Detection.Yaml;

namespace Picket.Detection.Rules;

/// <summary>A rule cannot be taken: where, and why.</summary>
internal sealed class RuleException(int line, int column, string message) : Exception(message)
{
    public RuleException(YamlNode at, string message) : this(at.Line, at.Column, message)
    {
    }

    /// <summary>Counted from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Counted from 1.</summary>
    public int Column { get; } = column;
}
