namespace Picket.Detection.Linting;

/// <summary>Names that rules ask for everywhere, by Sigma's taxonomy and by what Windows, Sysmon, CloudTrail, Zeek, proxies and web servers write: what a mistyped name was probably meant to be.</summary>
internal static class KnownFields
{
    public static readonly IReadOnlySet<string> Names = new HashSet<string>(StringComparer.Ordinal)
    {
        "Image", "OriginalFileName", "CommandLine", "CurrentDirectory", "Company", "Description", "Product", "FileVersion", "Hashes", "IntegrityLevel", "LogonId", "ProcessId", "ProcessGuid", "User",
        "ParentImage", "ParentCommandLine", "ParentProcessId", "ParentProcessGuid", "ParentUser", "GrandParentImage", "TargetFilename", "CreationUtcTime", "PreviousCreationUtcTime", "TargetObject",
        "Details", "NewName", "EventType", "ImageLoaded", "Signed", "Signature", "SignatureStatus", "SourceImage", "TargetImage", "GrantedAccess", "CallTrace", "SourceUser", "TargetUser", "SourceProcessId",
        "TargetProcessId", "StartAddress", "StartModule", "StartFunction", "NewThreadId", "PipeName", "QueryName", "QueryResults", "QueryStatus", "DestinationIp", "DestinationPort", "DestinationHostname",
        "SourceIp", "SourcePort", "SourceHostname", "Initiated", "Protocol", "Contents", "Device", "Destination", "Filter", "Consumer", "Operation", "EventNamespace", "imphash", "md5", "sha1", "sha256",
        "EventID", "Channel", "Provider_Name", "Computer", "Level", "Task", "Keywords", "Opcode", "Message", "Data",
        "SubjectUserName", "SubjectUserSid", "SubjectDomainName", "SubjectLogonId", "TargetUserName", "TargetUserSid", "TargetDomainName", "TargetLogonId", "TargetSid", "TargetServerName", "TargetInfo",
        "LogonType", "LogonProcessName", "AuthenticationPackageName", "LmPackageName", "WorkstationName", "Workstation", "IpAddress", "IpPort", "ProcessName", "NewProcessName", "ParentProcessName",
        "Status", "SubStatus", "FailureReason", "ServiceName", "ServiceFileName", "ServiceType", "ServiceAccount", "StartType", "ImagePath", "TicketOptions", "TicketEncryptionType", "PreAuthType",
        "ObjectName", "ObjectType", "ObjectServer", "ObjectClass", "ObjectDN", "ObjectValueName", "AccessMask", "AccessList", "HandleId", "Properties", "AttributeLDAPDisplayName", "AttributeValue",
        "ShareName", "ShareLocalPath", "RelativeTargetName", "TaskName", "TaskContent", "TaskContentNew", "PrivilegeList", "MemberName", "MemberSid", "SamAccountName", "UserAccountControl",
        "AuditPolicyChanges", "SubcategoryGuid", "CategoryGuid", "Application", "SourceAddress", "DestAddress", "DestPort", "LayerRTID", "FilterOrigin", "RuleName", "ModifyingApplication", "ApplicationPath",
        "ScriptBlockText", "Payload", "ContextInfo", "HostApplication", "EngineVersion", "HostVersion", "Path", "ProcessPath", "AppName", "ModuleName", "ParentOfParentImage",
        "eventSource", "eventName", "eventVersion", "eventType", "errorCode", "errorMessage", "userAgent", "sourceIPAddress", "userIdentity.type", "userIdentity.arn", "requestParameters", "responseElements",
        "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "c-uri", "c-uri-query", "c-uri-path", "c-uri-extension", "c-useragent", "cs-method", "cs-host", "cs-cookie", "cs-user-agent", "cs-uri-stem",
        "cs-uri-query", "cs-username", "cs-referer", "sc-status", "sc-bytes", "cs-bytes", "r-dns", "c-ip", "dst_ip", "dst_port", "src_ip", "src_port", "query", "answer", "record_type", "type", "exe", "comm",
        "key", "syscall", "a0", "a1", "a2", "a3", "a4", "name", "proctitle", "auid", "uid", "euid", "success", "cwd", "service", "operation", "properties.message", "displayMessage", "eventtype", "outcome.result",
    };
}
