namespace Picket.Detection.Yaml;

/// <summary>A part of a YAML document, with its place counted from 1.</summary>
internal abstract record YamlNode(int Line, int Column);

/// <summary>A scalar.</summary>
/// <param name="IsPlain">Whether it stands without quotes and not in a block, so that it may mean a number, a truth value or nothing.</param>
internal sealed record YamlText(string Text, bool IsPlain, int Line, int Column) : YamlNode(Line, Column)
{
    // The core schema of YAML 1.2, and nothing of 1.1: "no" and "on" are texts.
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

/// <summary>Names and what stands under them, in the order of the file; no name twice.</summary>
internal sealed record YamlMap(IReadOnlyList<(YamlText Name, YamlNode Value)> Members, int Line, int Column) : YamlNode(Line, Column)
{
    public YamlNode? this[string name] => Members.FirstOrDefault(member => member.Name.Text == name).Value;

    /// <summary>The text under a name; null where there is none, or <c>null</c>.</summary>
    /// <exception cref="Rules.RuleException">It is a list or a map.</exception>
    public string? Text(string name) => this[name] switch
    {
        null or YamlText { IsNull: true } => null,
        YamlText text => text.Text,
        var other => throw new Rules.RuleException(other, $"{name} must be a text"),
    };

    /// <summary>The texts of the list under a name; what else is in it is left out.</summary>
    public IReadOnlyList<string> Texts(string name) => this[name] is YamlList list ? [.. list.Items.OfType<YamlText>().Select(text => text.Text)] : [];
}
