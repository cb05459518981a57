using Picket.Detection.Alerts;

namespace Picket.Detection.Tests.Alerts;

/// <summary>What an alert tells of an event comes back as it was taken, however long a value is.</summary>
public sealed class AlertSubjectTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(16_382)]
    [InlineData(16_383)]
    [InlineData(100_000)]
    public void Values_of_any_length_come_back(int length)
    {
        var text = new string('ä', length / 2) + (length % 2 == 0 ? "" : "x");

        var subject = AlertSubject.Of([("user_id", text), ("city", ""), ("src_ip", "10.0.0.1")], new Dictionary<string, string> { ["host"] = text, ["app"] = "shop" });

        Assert.Equal([("user_id", text), ("city", ""), ("src_ip", "10.0.0.1")], subject.Group);
        Assert.Equal([KeyValuePair.Create("app", "shop"), KeyValuePair.Create("host", text)], subject.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
