using Picket.Detection.Rules;

namespace Picket.Server.Rules;

/// <summary>Rules that are not run any more because they failed or took too long, and why. Thread-safe.</summary>
internal sealed class SetAsideRules
{
    private readonly Lock gate = new();
    private Dictionary<Rule, string> rules = new(ReferenceEqualityComparer.Instance);
    private List<(Rule Rule, string Reason)> fresh = [];

    public int Count
    {
        get
        {
            lock (gate)
            {
                return rules.Count;
            }
        }
    }

    public bool Has(Rule rule)
    {
        lock (gate)
        {
            return rules.ContainsKey(rule);
        }
    }

    /// <summary>Why the one of an id is; null where none is.</summary>
    /// <param name="isOf">Which of several of the same id.</param>
    public string? Why(string id, Func<Rule, bool> isOf)
    {
        lock (gate)
        {
            return rules.FirstOrDefault(pair => pair.Key.Id == id && isOf(pair.Key)).Value;
        }
    }

    public void Add(Rule rule, string reason)
    {
        lock (gate)
        {
            if (rules.TryAdd(rule, reason))
            {
                fresh.Add((rule, reason));
            }
        }
    }

    /// <summary>Keeps those that are as they were.</summary>
    public void Keep(Func<Rule, bool> isStill)
    {
        lock (gate)
        {
            rules = rules.Where(pair => isStill(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value, (IEqualityComparer<Rule>)ReferenceEqualityComparer.Instance);
        }
    }

    /// <summary>Those that were added since this was asked last.</summary>
    public IReadOnlyList<(Rule Rule, string Reason)> TakeNew()
    {
        lock (gate)
        {
            if (fresh.Count == 0)
            {
                return [];
            }
            var taken = fresh;
            fresh = [];
            return taken;
        }
    }
}
