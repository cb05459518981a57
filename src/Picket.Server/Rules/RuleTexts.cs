using Picket.Detection.Pipelines;
using Picket.Detection.Rules;
using Picket.Metastore;

namespace Picket.Server.Rules;

/// <summary>What the texts of stored rules say. A text is read once for whoever asks, as long as some rule has it. Thread-safe.</summary>
public sealed class RuleTexts(DetectionOptions options)
{
    private readonly Lock gate = new();
    private Dictionary<(string Id, string Text), RuleDocument?> known = [];

    /// <summary>The document of a rule; null when this version of the program does not take it.</summary>
    public RuleDocument? Read(string id, string text)
    {
        lock (gate)
        {
            if (known.TryGetValue((id, text), out var document))
            {
                return document;
            }
        }
        var read = ReadNew([(id, text)]) is { Documents: [var one] } ? one : null;
        lock (gate)
        {
            known[(id, text)] = read;
        }
        return read;
    }

    /// <summary>What files say, with the operator's pipelines gone through.</summary>
    /// <param name="lists">The values of a list that a rule names; null where there is none of that name. Without, whichever it names is empty.</param>
    public RuleFiles ReadNew(IReadOnlyList<(string File, string Text)> files, Func<string, IReadOnlyList<string>?>? lists = null) => Pipeline.Apply(RuleFiles.Read(files, lists ?? (_ => [])), options.Pipelines);

    /// <summary>Forgets the texts that are no rule's.</summary>
    public void Keep(IEnumerable<StoredRule> rules)
    {
        lock (gate)
        {
            var kept = new Dictionary<(string, string), RuleDocument?>();
            foreach (var rule in rules.Where(rule => rule.Text is not null))
            {
                if (known.TryGetValue((rule.Id, rule.Text!), out var document))
                {
                    kept[(rule.Id, rule.Text!)] = document;
                }
            }
            known = kept;
        }
    }
}
