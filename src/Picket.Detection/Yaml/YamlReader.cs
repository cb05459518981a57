using Picket.Detection.Rules;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Picket.Detection.Yaml;

/// <summary>Reads YAML to trees that know their places, within bounds. Aliases are refused: rules need none, and with them a small file stands for an endless one.</summary>
internal static class YamlReader
{
    /// <exception cref="RuleException">It is no YAML, or past a bound.</exception>
    public static IReadOnlyList<YamlNode> Read(string text) => [.. Documents(text).Select(document => document.Root)];

    /// <summary>Each document, and what is written of it.</summary>
    /// <exception cref="RuleException">It is no YAML, or past a bound.</exception>
    public static IReadOnlyList<(YamlNode Root, string Text)> Documents(string text)
    {
        if (text.Length > Limits.FileCharacters)
        {
            throw new RuleException(1, 1, $"a file of rules has at most {Limits.FileCharacters:N0} characters; this one has {text.Length:N0}");
        }
        try
        {
            var parser = new Parser(new StringReader(text));
            var (documents, nodes) = (new List<(YamlNode, string)>(), 0);
            parser.Consume<StreamStart>();
            while (!parser.Accept<StreamEnd>(out _))
            {
                parser.Consume<DocumentStart>();
                var start = (int)parser.Current!.Start.Index;
                var root = Node(parser, 0, ref nodes);
                var end = (int)parser.Consume<DocumentEnd>().Start.Index;
                documents.Add((root, text[start..end].TrimEnd()));
            }
            return documents;
        }
        catch (YamlException error)
        {
            throw new RuleException((int)Math.Max(error.Start.Line, 1), (int)Math.Max(error.Start.Column, 1), $"this is no YAML: {error.Message}");
        }
    }

    private static YamlNode Node(Parser parser, int depth, ref int nodes)
    {
        var next = parser.Current!;
        var (line, column) = ((int)next.Start.Line, (int)next.Start.Column);
        if (++nodes > Limits.YamlNodes || depth > Limits.YamlDepth)
        {
            throw new RuleException(line, column, depth > Limits.YamlDepth ? $"lists and maps nest more than {Limits.YamlDepth} deep" : $"the file has more than {Limits.YamlNodes:N0} parts");
        }
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlText(scalar.Value, scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty, line, column);
        }
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(Node(parser, depth + 1, ref nodes));
            }
            return new YamlList(items, line, column);
        }
        return parser.TryConsume<MappingStart>(out _)
            ? Map(parser, depth, ref nodes, line, column)
            : throw new RuleException(line, column, "anchors are not followed; write the value out");
    }

    private static YamlMap Map(Parser parser, int depth, ref int nodes, int line, int column)
    {
        var (members, names) = (new List<(YamlText, YamlNode)>(), new HashSet<string>(StringComparer.Ordinal));
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(parser, depth + 1, ref nodes);
            if (key is not YamlText name)
            {
                throw new RuleException(key, "a name was expected");
            }
            if (!names.Add(name.Text))
            {
                throw new RuleException(name, $"{name.Text} stands here twice");
            }
            members.Add((name, Node(parser, depth + 1, ref nodes)));
        }
        return new YamlMap(members, line, column);
    }
}
