import httpx
import json

# Run a bug-fixing task
async with httpx.AsyncClient() as client:
    async with client.stream(
        "POST",
        "http://cloud-agent:8000/agent/run",
        json={
            "prompt": "Find and fix the authentication bug in src/auth.py",
            "sandbox_enabled": True,
            "max_turns": 20,
        }
    ) as response:
        async for line in response.aiter_lines():
            if line:
                event = json.loads(line)
                print(f"[{event['type']}] {event.get('content', event)}")
