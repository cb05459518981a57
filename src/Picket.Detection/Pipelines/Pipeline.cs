using Picket.Detection.Rules;
using Picket.Detection.Sigma;
using Picket.Detection.Yaml;

namespace Picket.Detection.Pipelines;

/// <summary>
/// Makes rules fit what senders write: a file as pySigma has them, whose transformations rename fields, add conditions, change log sources, or refuse rules. Of pySigma's kinds those are taken that change
/// what a rule asks; another is refused by name. Immutable, thread-safe.
/// </summary>
public sealed class Pipeline
{
    private static readonly string[] Members = ["name", "priority", "transformations", "allowed_backends", "vars"];

    private readonly IReadOnlyList<Transformation> transformations;

    private Pipeline(string text, int priority, IReadOnlyList<Transformation> transformations) => (Text, Priority, this.transformations) = (text, priority, transformations);

    /// <summary>What was read.</summary>
    public string Text { get; }

    /// <summary>Those of less go first.</summary>
    public int Priority { get; }

    /// <param name="file">Its path, for messages.</param>
    /// <param name="text">YAML.</param>
    /// <exception cref="FormatException">It is none; the message says where and why.</exception>
    public static Pipeline Read(string file, string text)
    {
        try
        {
            var map = YamlReader.Read(text) is [YamlMap one] ? one : throw new RuleException(1, 1, "a map was expected: name, priority and transformations");
            foreach (var (name, _) in map.Members.Where(member => !Members.Contains(member.Name.Text)))
            {
                throw new RuleException(name, $"a pipeline has no {name.Text}; it has {string.Join(", ", Members)}");
            }
            var list = map["transformations"] as YamlList ?? throw new RuleException(map, "the pipeline has no transformations");
            var priority = map.Text("priority") is { } typed ? int.TryParse(typed, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new RuleException(map["priority"]!, "a whole number was expected") : 0;
            return new Pipeline(text, priority, [.. list.Items.Select(item => Transformation.Read(item as YamlMap ?? throw new RuleException(item, "a map with a type was expected")))]);
        }
        catch (RuleException error)
        {
            throw new FormatException(new RuleFinding(file, error.Line, error.Column, error.Message).ToString());
        }
    }

    /// <summary>Documents whose rules have gone through pipelines; what one of them refuses is refused.</summary>
    public static RuleFiles Apply(RuleFiles files, IReadOnlyCollection<Pipeline> pipelines)
    {
        if (pipelines.Count == 0)
        {
            return files;
        }
        var (ordered, documents, refused) = (pipelines.OrderBy(pipeline => pipeline.Priority).ToArray(), new List<RuleDocument>(), new List<RuleFinding>(files.Refused));
        foreach (var document in files.Documents)
        {
            try
            {
                documents.Add(document.Rule is { } rule
                    ? document with { Rule = ordered.Aggregate(rule, (made, pipeline) => pipeline.Apply(made)) }
                    : document with { Filter = ordered.Aggregate(document.Filter!, (made, pipeline) => pipeline.Apply(made)) });
            }
            catch (FormatException error)
            {
                refused.Add(new RuleFinding(document.File, document.Line, 1, error.Message));
            }
        }
        return new RuleFiles(documents, refused, files.Warnings);
    }

    // Rules in this product's own way name fields as they are.
    private Rule Apply(Rule rule) => rule.IsSigma ? transformations.Aggregate(rule, (made, transformation) => transformation.Apply(made)) : rule;

    private SigmaFilter Apply(SigmaFilter filter)
    {
        var rule = new Rule(filter.Id, filter.Title, RuleLevel.Medium, filter.LogSource, filter.Condition);
        var made = transformations.Where(transformation => transformation.IsOfNames).Aggregate(rule, (one, transformation) => transformation.Apply(one));
        return filter with { LogSource = made.LogSource, Condition = made.Filter };
    }
}
