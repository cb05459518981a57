using Picket.Detection.Sigma;
using Picket.Detection.Yaml;

namespace Picket.Detection.Rules;

/// <summary>A file of rules: each document one in Sigma (specification 2.1), a filter or correlation of Sigma, or a rule in this product's own way, which has a query.</summary>
internal sealed class RuleFile
{
    private int documents;

    public List<RuleDocument> Documents { get; } = [];

    public List<RuleFinding> Refused { get; } = [];

    public List<RuleFinding> Warnings { get; } = [];

    /// <summary>What is in a file; what cannot be taken is refused, and the rest of the file stands.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <param name="lists">The values of a list; null where there is none of that name, or there are none at all.</param>
    public static RuleFile Read(string text, string file, Func<string, IReadOnlyList<string>?>? lists)
    {
        var all = new RuleFile();
        try
        {
            foreach (var (root, written) in YamlReader.Documents(text))
            {
                all.TryAdd(root, written, file, new ValueLists(lists));
            }
        }
        catch (RuleException error)
        {
            all.Refuse(error, file);
        }
        return all;
    }

    private void TryAdd(YamlNode root, string text, string file, ValueLists lists)
    {
        try
        {
            var document = Read(root, text, file, lists);
            Documents.Add(document with { Lists = lists.Named });
        }
        catch (RuleException error)
        {
            Refuse(error, file);
        }
    }

    private RuleDocument Read(YamlNode root, string text, string file, ValueLists lists)
    {
        var map = root as YamlMap ?? throw new RuleException(root, "a rule was expected: a map with title, logsource and detection, or with title and query");
        // Where a document has no id it is called as its file is.
        var name = Path.GetFileNameWithoutExtension(file) + (documents++ == 0 ? "" : $"-{documents}");
        if (map["correlation"] is { } correlation)
        {
            return new RuleDocument(file, root.Line, text, SigmaCorrelation.Read(map, correlation as YamlMap ?? throw new RuleException(correlation, "a correlation is a map with type, rules and timespan"), name));
        }
        return map["filter"] is YamlMap filter
            ? new RuleDocument(file, root.Line, text, null) { Filter = SigmaFilter.Read(map, filter, name, lists, (at, what) => Warnings.Add(new RuleFinding(file, at.Line, at.Column, what))) }
            : new RuleDocument(file, root.Line, text, map["query"] is null ? SigmaRule.Read(map, name, lists) : OwnRule.Read(map, name, lists));
    }

    private void Refuse(RuleException error, string file) => Refused.Add(new RuleFinding(file, error.Line, error.Column, error.Message));
}
